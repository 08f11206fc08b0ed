package casework

import (
	"cmp"
	"slices"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// tally counts items by state and reason.
type tally struct {
	items, bytes map[breach.State]int64
	reasons      map[outcome]int64
}

type outcome struct {
	state  breach.State
	reason breach.Reason
}

func (t *tally) add(r store.AccountRow) {
	if t.items == nil {
		t.items, t.bytes, t.reasons = map[breach.State]int64{}, map[breach.State]int64{}, map[outcome]int64{}
	}
	o := r.Outcome
	t.items[o.State]++
	t.bytes[o.State] += max(r.Size, 0)
	if o.Reason != "" {
		t.reasons[outcome{o.State, o.Reason}]++
	}
}

// sum lists what was counted in the order of reports.
func (t *tally) sum(name string) PartSum {
	p := PartSum{Name: name}
	for _, state := range breach.States() {
		s := StateSum{State: state, Items: t.items[state], Bytes: t.bytes[state]}
		if s.Items == 0 {
			continue
		}
		for _, reason := range breach.Reasons() {
			if n := t.reasons[outcome{state, reason}]; n > 0 {
				s.Reasons = append(s.Reasons, ReasonSum{reason, n})
			}
		}
		p.Items, p.Bytes = p.Items+s.Items, p.Bytes+s.Bytes
		if state.IsGap() {
			p.Gaps += s.Items
		}
		p.States = append(p.States, s)
	}
	return p
}

// tallies counts items by what they are, or where.
type tallies map[string]*tally

// maxParts bounds how many formats or folders are told apart.
const maxParts = 1000

// OtherParts names what is counted together when there are too many formats or
// folders to tell apart.
const OtherParts = "…"

// of is the tally under a name.
func (t tallies) of(name string) *tally {
	if t[name] == nil {
		if len(t) >= maxParts {
			name = OtherParts
		}
		if t[name] == nil {
			t[name] = &tally{}
		}
	}
	return t[name]
}

// largest lists the tallies, the largest first.
func (t tallies) largest() []PartSum {
	list := make([]PartSum, 0, len(t))
	for name, part := range t {
		list = append(list, part.sum(name))
	}
	slices.SortFunc(list, func(a, b PartSum) int { return cmp.Or(cmp.Compare(b.Items, a.Items), cmp.Compare(a.Name, b.Name)) })
	return list
}

// folderOf is the first steps of a file's path, no more than depth; "" for a
// file at the top.
func folderOf(path string, depth int) string {
	end := strings.LastIndexByte(path, '/')
	if end < 0 {
		return ""
	}
	folder := path[:end]
	for i := range len(folder) {
		if folder[i] == '/' {
			if depth--; depth == 0 {
				folder = folder[:i]
				break
			}
		}
	}
	return displayName(folder)
}

// sizeClasses are the names of size classes, the smallest first, and how many
// bytes an item of each may have at most.
var sizeClasses = []struct {
	name string
	most int64
}{{"unknown", -1}, {"empty", 0}, {"10kB", 1e4}, {"100kB", 1e5}, {"1MB", 1e6}, {"10MB", 1e7}, {"100MB", 1e8}, {"1GB", 1e9}, {"10GB", 1e10}}

// largerSize names the class of what is larger than all classes.
const largerSize = "larger"

// SizeClasses names the size classes, the smallest first: "unknown", "empty",
// then by the most that an item of the class has, "10kB" to "10GB", and
// "larger".
func SizeClasses() []string {
	var names []string
	for _, c := range sizeClasses {
		names = append(names, c.name)
	}
	return append(names, largerSize)
}

func sizeClass(size int64) string {
	for _, c := range sizeClasses {
		if size <= c.most {
			return c.name
		}
	}
	return largerSize
}
