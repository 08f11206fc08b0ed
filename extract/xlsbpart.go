package extract

import (
	"bytes"
	"errors"
	"path"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// comments reads the notes on the cells of a sheet.
func (b *binaryBook) comments(name string, at breach.Place) error {
	var authors [][]byte
	var row, n int64
	var author []byte
	return b.binary(name, func(kind int, d []byte) error {
		switch kind {
		case 632: // BrtCommentAuthor
			if len(authors) < maxRelations {
				name, _ := binaryText(d, 0)
				authors = append(authors, name)
			}
		case 635: // BrtBeginComment
			row, author = int64(u32(d, 4))+1, nil
			if i := u32(d, 0); int64(i) < int64(len(authors)) {
				author = authors[i]
			}
		case 637: // BrtCommentText
			text, _ := binaryText(d, 1)
			if len(author) > 0 && !bytes.HasPrefix(text, author) {
				text = append(append(bytes.Clone(author), '\n'), text...)
			}
			n++
			place := at.Down(breach.Step{Unit: breach.Row, N: row}).Down(breach.Step{Unit: breach.Comment, N: n})
			return prose(b.out, place, text)
		}
		return nil
	})
}

// caches reads cells of other workbooks, and the sources of pivot tables: the
// distinct values of each field.
func (b *binaryBook) caches() error {
	for i, m := range b.zip.Members {
		key := memberKey(m.Name)
		if path.Ext(key) != ".bin" {
			continue
		}
		at := breach.At(breach.Step{Unit: breach.Part, N: int64(i + 1), Name: breach.Hide(m.Name)})
		var err error
		switch {
		case strings.HasPrefix(key, "xl/externallinks/"):
			s := sheetReader{book: b.workbook, at: at, rows: newBatch(b.out, at, breach.Row)}
			err = b.binary(m.Name, s.binary)
			err = errors.Join(err, s.endRow(), s.rows.Flush())
		case strings.HasPrefix(key, "xl/pivotcache/pivotcachedefinition"):
			err = b.pivotValues(m.Name, at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *binaryBook) pivotValues(name string, at breach.Place) error {
	rows := newBatch(b.out, at, breach.Row)
	err := b.binary(name, func(kind int, d []byte) error {
		switch kind {
		case 24, 31: // BrtPCDIString, BrtPCDIAString
			text, _ := binaryText(d, 0)
			return rows.Add([]byte(oneLine(string(text))))
		}
		return nil
	})
	return errors.Join(err, rows.Flush())
}

// machinery marks the parts that hold nothing a person wrote, or what is read
// already in another form.
func (b *binaryBook) machinery() error {
	for _, m := range b.zip.Members {
		key := memberKey(m.Name)
		if path.Ext(key) == ".bin" && path.Base(path.Dir(key)) != "embeddings" {
			b.read[key] = true
		}
	}
	return nil
}
