package casework

import "strconv"

// PartLine is one folder, format or size class of the account. The names of its
// fields are those of the JSON formats.
type PartLine struct {
	By      string                      `json:"by"` // folder, format, size
	Name    string                      `json:"name"`
	Items   int64                       `json:"items"`
	Bytes   int64                       `json:"bytes"`
	Gaps    int64                       `json:"gaps"`
	States  map[string]int64            `json:"states"`
	Reasons map[string]map[string]int64 `json:"reasons"` // by state
}

// PartLines lists the parts of an account: all folders, then all formats, then
// all sizes.
func PartLines(a Account) []PartLine {
	lines := []PartLine{}
	for _, by := range a.by() {
		for _, p := range by.parts {
			lines = append(lines, partLine(by.name, p))
		}
	}
	return lines
}

// parted is the whole account, parted in one way.
type parted struct {
	name  string
	parts []PartSum
}

func (a Account) by() []parted {
	return []parted{{"folder", a.Folders}, {"format", a.Formats}, {"size", a.Sizes}}
}

func partLine(by string, p PartSum) PartLine {
	line := PartLine{By: by, Name: p.Name, Items: p.Items, Bytes: p.Bytes, Gaps: p.Gaps,
		States: map[string]int64{}, Reasons: map[string]map[string]int64{}}
	for _, s := range p.States {
		line.States[string(s.State)] = s.Items
		for _, r := range s.Reasons {
			if line.Reasons[string(s.State)] == nil {
				line.Reasons[string(s.State)] = map[string]int64{}
			}
			line.Reasons[string(s.State)][string(r.Reason)] = r.Items
		}
	}
	return line
}

// partHeadings are the columns of the account's parts in a table.
var partHeadings = tableRow{"by", "name", "state", "reason", "items"}

// partRows gives the parts of an account as rows, whose items sum to those of
// the account for each "by": one a state, or one a reason where items have one.
func partRows(a Account) []tableRow {
	var rows []tableRow
	for _, by := range a.by() {
		for _, p := range by.parts {
			for _, s := range p.States {
				rest := s.Items
				for _, r := range s.Reasons {
					rows = append(rows, tableRow{by.name, p.Name, string(s.State), string(r.Reason), strconv.FormatInt(r.Items, 10)})
					rest -= r.Items
				}
				if rest > 0 {
					rows = append(rows, tableRow{by.name, p.Name, string(s.State), "", strconv.FormatInt(rest, 10)})
				}
			}
		}
	}
	return rows
}
