package extract

import (
	"errors"
	"io"
)

// archive is a ZIP file opened for reading in any order.
type archive struct {
	Members []*member
	byName  map[string]*member
}

// member is one entry of an archive.
type member struct {
	Name string
	Size int64 // as stated
}

// Zip opens the content as a ZIP archive, once. Formats kept in ZIP files
// (docx, odt) share it for sniffing and reading.
func (in *Input) Zip() (*archive, error) {
	if in.zip == nil && in.zipErr == nil {
		in.zip, in.zipErr = openZip(in)
	}
	return in.zip, in.zipErr
}

// Find gives the member with a name, or nil. Letter case does not matter.
func (a *archive) Find(name string) *member { return a.byName[name] }

// Open reads the member, counted against the limits. It fails with a
// *breach.Gap where the member is encrypted or packed in a way we do not know.
func (m *member) Open() (io.Reader, error) { return nil, errors.ErrUnsupported }

func openZip(*Input) (*archive, error) { return nil, errors.ErrUnsupported }
