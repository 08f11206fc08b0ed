package extract

import (
	"io"

	"github.com/klarlagt/klarlagt/breach"
)

// control reads what follows a backslash.
func (x *rtfReader) control() {
	c, err := x.r.ReadByte()
	if err != nil {
		x.fail(err)
		return
	}
	switch {
	case isAlpha(c):
		x.word(c)
		return
	case c == '\'':
		x.hex()
		return
	case c == '*':
		x.group.star = true
		return
	}
	if x.skip > 0 {
		x.skip--
		return
	}
	switch c {
	case '\\', '{', '}':
		x.byte(c)
	case '~':
		x.sayText(" ")
	case '_':
		x.sayText("-")
	case '\r', '\n':
		x.paragraph()
	}
}

// hex takes a byte written as two digits.
func (x *rtfReader) hex() {
	v := 0
	for range 2 {
		c, err := x.r.ReadByte()
		if err != nil {
			x.fail(err)
			return
		}
		d := hexDigit(c)
		if d < 0 {
			_ = x.r.UnreadByte()
			return
		}
		v = 16*v + d
	}
	x.byte(byte(v))
}

func hexDigit(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// word reads a control word and its number.
func (x *rtfReader) word(c byte) {
	var buf [32]byte
	name := buf[:0]
	var err error
	for ; err == nil && isAlpha(c); c, err = x.r.ReadByte() {
		if len(name) < cap(buf) {
			name = append(name, c)
		}
	}
	n, given, minus := 0, false, false
	if err == nil && c == '-' {
		minus = true
		c, err = x.r.ReadByte()
	}
	for ; err == nil && isDigit(c); c, err = x.r.ReadByte() {
		given = true
		n = min(10*n+int(c-'0'), 1<<31)
	}
	if minus {
		n = -n
	}
	if err == nil && c != ' ' {
		_ = x.r.UnreadByte()
	}
	word := string(name)
	if word == "bin" { // bytes as they are
		x.decode()
		_, err = io.CopyN(io.Discard, x.r, int64(max(n, 0)))
		x.check(err)
		return
	}
	if x.skip > 0 && word != "u" {
		x.skip--
		return
	}
	if !given {
		n = -1
	}
	x.take(word, n)
	x.group.begins = false
}

// take looks at a control word; n is -1 where it has no number.
func (x *rtfReader) take(word string, n int) {
	if word != "u" {
		x.decode()
	}
	if x.group.begins && x.destination(word) {
		return
	}
	if x.group.star && x.group.begins && x.group.to != rtfNowhere {
		x.group.to = rtfNowhere // meant for others
		return
	}
	switch word {
	case "u":
		x.unicode(n)
		return
	case "uc":
		x.group.repeat = min(max(n, 0), 16)
	case "f":
		x.setFont(n)
	case "plain":
		x.setFont(x.standard)
	case "deff":
		x.standard = n
	case "ansicpg":
		x.setBase(n)
	case "mac":
		x.setBase(10000)
	case "pc":
		x.setBase(437)
	case "pca":
		x.setBase(850)
	case "fcharset":
		x.setCharset(pageOfCharset(n))
	case "cpg":
		x.setCharset(n)
	case "fromhtml":
		x.html = len(x.stack) == 1
	case "htmlrtf":
		x.group.echo = n != 0
	}
	x.layout(word)
}

// layout takes the words that part texts.
func (x *rtfReader) layout(word string) {
	switch word {
	case "par", "sect", "page", "column", "softpage":
		x.paragraph()
	case "cell", "row", "nestcell", "nestrow":
		x.tablePart(word)
	case "pard":
		x.group.table = false
	case "intbl":
		x.group.table = true
	case "line", "tab", "lbr", "emspace", "enspace", "qmspace":
		x.sayText(" ")
	case "emdash":
		x.sayText("—")
	case "endash":
		x.sayText("–")
	case "bullet":
		x.sayText("•")
	case "lquote":
		x.sayText("‘")
	case "rquote":
		x.sayText("’")
	case "ldblquote":
		x.sayText("“")
	case "rdblquote":
		x.sayText("”")
	}
}

// paragraph ends a paragraph.
func (x *rtfReader) paragraph() {
	x.decode()
	switch {
	case x.html || x.group.to != rtfText:
		x.sayText("\n")
	case x.group.table:
		x.text().cell(false)
	default:
		x.check(x.text().paragraph())
		x.check(x.text().endTable())
	}
}

// tablePart ends a cell or a row.
func (x *rtfReader) tablePart(word string) {
	if x.html || x.group.to != rtfText {
		x.sayText(" ")
		return
	}
	switch word {
	case "cell":
		x.text().cell(true)
	case "row":
		x.check(x.text().endRow())
	default: // a table in a cell
		x.text().cell(false)
	}
}

// destination says where the text of a group goes that begins with a word, and
// reports whether the word is known as such.
func (x *rtfReader) destination(word string) bool {
	if n := len(x.stack); word == "ud" && n > 0 && x.stack[n-1].to == rtfChoice {
		x.group.to = x.stack[n-1].under
		return true
	}
	if x.group.to == rtfNowhere {
		return true
	}
	g := &x.group
	switch word {
	case "colortbl", "stylesheet", "filetbl", "sp", "nonshppict", "listpicture", "atnid", "atrfstart", "atrfend", "atnref", "atndate",
		"bkmkstart", "bkmkend", "datafield", "mhtmltag", "pnseclvl", "info", "userprops", "xe", "tc":
		g.to = rtfNowhere
		if word == "info" || word == "userprops" {
			g.to = rtfInside
		}
	case "fonttbl":
		g.to = rtfFonts
	case "title", "subject", "author", "manager", "company", "operator", "category", "keywords", "comment", "doccomm", "staticval":
		return x.property(word)
	case "propname":
		return x.property("propname")
	case "fldinst":
		g.to, x.value = rtfInstruction, x.value[:0]
	case "atnauthor":
		g.to, x.value = rtfAuthor, x.value[:0]
	case "htmltag":
		if g.to = rtfTag; !x.html {
			g.to = rtfNowhere
		}
	case "upr":
		g.under, g.to = g.to, rtfChoice
	case "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf":
		x.begin(breach.At(breach.Step{Unit: breach.Header}))
	case "footnote", "annotation":
		x.begin(breach.At(breach.Step{Unit: breach.Comment}))
	case "shptxt", "dptxbxtext":
		x.begin(x.text().at)
	case "pict":
		x.picture()
	case "objdata":
		x.object()
	case "shppict", "shpinst", "do", "fldrslt", "field", "result", "shp", "object", "pgptbl", "listtext", "pntext":
	default:
		return false
	}
	return true
}

// property begins a property of the document.
func (x *rtfReader) property(word string) bool {
	switch word {
	case "propname":
		x.group.to = rtfAuthor
		x.value = x.value[:0]
		return true
	case "staticval":
		x.label, x.author = x.author, ""
	default:
		x.label = word
	}
	x.group.to, x.value = rtfProperty, x.value[:0]
	return true
}

func (x *rtfReader) setFont(n int) {
	if x.group.to == rtfFonts {
		x.font = n
		return
	}
	page, ok := x.fonts[n]
	if !ok {
		page = x.base
	}
	x.group.page = page
}

func (x *rtfReader) setBase(page int) {
	x.base, x.group.page = page, page
	if len(x.stack) == 1 {
		x.stack[0].page = page
	}
}

// setCharset says what the bytes in a font are; 0 leaves it to the document.
func (x *rtfReader) setCharset(page int) {
	if x.group.to == rtfFonts && page > 0 && len(x.fonts) < maxRTFFonts {
		x.fonts[x.font] = page
	}
}

// pageOfCharset is the code page of a charset of Windows.
func pageOfCharset(n int) int {
	switch n {
	case 77:
		return 10000
	case 128:
		return 932
	case 129, 130:
		return 949
	case 134:
		return 936
	case 136:
		return 950
	case 161:
		return 1253
	case 162:
		return 1254
	case 163:
		return 1258
	case 177:
		return 1255
	case 178, 179, 180:
		return 1256
	case 186:
		return 1257
	case 204:
		return 1251
	case 222:
		return 874
	case 238:
		return 1250
	case 254:
		return 437
	case 255:
		return 850
	}
	return 0
}
