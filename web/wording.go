package web

import "strings"

// wordingBlock is a part of a letter as it is shown: one of the three is set.
type wordingBlock struct {
	Heading string
	Items   []string
	Text    string
}

// wording parts a letter by its marks: "# " is a heading, "- " one of a list, and
// a blank line ends a paragraph. See notify.Letter.
func wording(text string) []wordingBlock {
	var blocks []wordingBlock
	open := false // the last block goes on
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		last := len(blocks) - 1
		heading, isHeading := strings.CutPrefix(line, "# ")
		item, isItem := strings.CutPrefix(line, "- ")
		switch {
		case strings.TrimSpace(line) == "":
			open = false
			continue
		case isHeading:
			blocks = append(blocks, wordingBlock{Heading: heading})
		case isItem && open && blocks[last].Items != nil:
			blocks[last].Items = append(blocks[last].Items, item)
		case isItem:
			blocks = append(blocks, wordingBlock{Items: []string{item}})
		case open && blocks[last].Text != "":
			blocks[last].Text += "\n" + line
		default:
			blocks = append(blocks, wordingBlock{Text: line})
		}
		open = !isHeading
	}
	return blocks
}
