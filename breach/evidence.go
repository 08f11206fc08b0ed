package breach

// Evidence is one exposed item: a file, mailbox, dump or log, or a member
// found inside one.
type Evidence struct {
	ID      EvidenceID
	Parent  EvidenceID // 0 for a file of the scanned folder
	Path    Personal   // relative to the scanned folder, "a.zip!/b.docx" for members
	SHA256  [32]byte   // zero if the content could not be read
	Size    int64      // bytes; -1 if not known
	Type    string     // what it is by its content: "docx", "csv"; "" if not known
	Reached Grade      // how sure we are that whoever broke in reached it
	Outcome Outcome
	Of      EvidenceID // for DuplicateOf: the item with the same content that was read; for VolumeOf: the volume it was read with
}

// Outcome is how the reading of one item ended.
type Outcome struct {
	State   State
	Reason  Reason
	Missing string // what was not read, in countable units: "pages 3, 7-9 of 12"; holds no names
	Text    int64  // bytes of text read
	Charset string // of a text file, as detected; "" for others
	Dialect string // of a table in text: its separator, such as ";" or "tab"
}

// State is how an item stands in the account. States exclude each other, and
// their counts sum to the number of items.
type State string

// The states.
const (
	Read        State = "read"
	Partly      State = "partly"
	NotReadable State = "not_readable"
	Encrypted   State = "encrypted"
	Unsupported State = "unsupported"
	TooLarge    State = "too_large"
	DuplicateOf State = "duplicate_of"
	VolumeOf    State = "volume_of" // a file that something was cut into, read with the first one, which tells how that ended
	Empty       State = "empty"
	NoText      State = "no_text"
	OCRPending  State = "ocr_pending"
	LeftOut     State = "excluded" // by a named rule
	Pending     State = "pending"
)

// States lists every state in the order of reports.
func States() []State {
	return []State{Read, DuplicateOf, VolumeOf, Empty, NoText, LeftOut, Partly, OCRPending, Encrypted, Unsupported, TooLarge, NotReadable, Pending}
}

// IsGap reports whether an item in this state may hold text that nobody has
// looked at. Pictures (NoText) count: their text is only in the pixels.
func (s State) IsGap() bool {
	switch s {
	case Read, DuplicateOf, VolumeOf, Empty, LeftOut:
		return false
	}
	return true
}

// Reason is why an item was not read whole. The list is closed.
type Reason string

// The reasons.
const (
	Malformed          Reason = "malformed"
	Truncated          Reason = "truncated"
	PasswordNeeded     Reason = "password"
	DRM                Reason = "drm"
	Crash              Reason = "crash"
	Timeout            Reason = "timeout"
	Memory             Reason = "memory"
	BombRatio          Reason = "bomb_ratio"
	BudgetTotal        Reason = "budget_total"
	Nesting            Reason = "nesting"
	EntryCount         Reason = "entry_count"
	OverlappingEntries Reason = "overlapping_entries"
	TextBudget         Reason = "text_budget"
	MissingVolume      Reason = "missing_volume"
	UnknownType        Reason = "unknown_type"
	IOError            Reason = "io_error"
	Permission         Reason = "permission"
	LinkNotFollowed    Reason = "link_not_followed"
	SpecialFile        Reason = "special_file"
	OCRFailed          Reason = "ocr_failed"
	LowOCRConfidence   Reason = "low_ocr_confidence"
	CharsetGuess       Reason = "charset_guess"
)

// Reasons lists every reason.
func Reasons() []Reason {
	return []Reason{Malformed, Truncated, PasswordNeeded, DRM, Crash, Timeout, Memory, BombRatio, BudgetTotal, Nesting,
		EntryCount, OverlappingEntries, TextBudget, MissingVolume, UnknownType, IOError, Permission, LinkNotFollowed,
		SpecialFile, OCRFailed, LowOCRConfidence, CharsetGuess}
}

// Gap is evidence that nobody could read, or not all of it.
type Gap struct {
	Place  Place
	Reason Reason
}

// Error lets a Gap travel as an error inside a reader: it ends as an Outcome,
// never as a failure of the scan.
func (g *Gap) Error() string { return "gap at " + g.Place.String() + ": " + string(g.Reason) }
