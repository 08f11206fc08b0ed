package casework

import (
	"bufio"
	"encoding/json"
	"io"
)

// jsonlExport writes one JSON object a line.
type jsonlExport struct {
	buf *bufio.Writer
	enc *json.Encoder
}

func newJSONLExport(w io.Writer) *jsonlExport {
	buf := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	return &jsonlExport{buf, enc}
}

func (x *jsonlExport) person(l PersonLine) error     { return x.enc.Encode(l) }
func (x *jsonlExport) evidence(l EvidenceLine) error { return x.enc.Encode(l) }
func (x *jsonlExport) account(l AccountLine) error   { return x.enc.Encode(l) }
func (x *jsonlExport) close() error                  { return x.buf.Flush() }
