package pdfium

import (
	"context"
	"errors"
	"io"
)

// Document is one open PDF.
type Document struct {
	i      *instance
	handle uint64
	form   uint64 // the form environment; 0 until a field is met
	info   uint64 // the structure that goes with it
	pages  int
}

// load opens the file that the instance sees.
func (d *Document) load(ctx context.Context, password string) error {
	if len(password) > maxPassword {
		return ErrPassword
	}
	at, err := d.i.put(ctx, fileName, password)
	if err != nil {
		return err
	}
	if d.handle, err = d.i.call(ctx, "FPDF_LoadDocument", at[0], at[1]); err != nil {
		return err
	}
	if d.handle == 0 {
		return d.refusal(ctx)
	}
	n, err := d.i.call(ctx, "FPDF_GetPageCount", d.handle)
	d.pages = int(int32(n))
	return err
}

// maxPassword is the longest password that PDF knows: ISO 32000-2, 7.6.4.
const maxPassword = 127

// refusal tells why PDFium did not open the document.
func (d *Document) refusal(ctx context.Context) error {
	const (
		passwordError = 4
		securityError = 5
	)
	n, err := d.i.call(ctx, "FPDF_GetLastError")
	switch {
	case err != nil:
		return err
	case d.i.failed != nil:
		return d.i.failed
	case d.i.refused:
		return ErrMemory
	case n == passwordError:
		return ErrPassword
	case n == securityError:
		return ErrSecurity
	}
	return ErrFormat
}

// Close ends the document and frees what it holds.
func (d *Document) Close(ctx context.Context) error {
	if d.form != 0 {
		_, _ = d.i.call(ctx, "FPDFDOC_ExitFormFillEnvironment", d.form)
		_, _ = d.i.call(ctx, "free", d.info)
	}
	if d.handle != 0 {
		_, _ = d.i.call(ctx, "FPDF_CloseDocument", d.handle)
	}
	// A failure above shows in the instance, which is then not kept.
	return d.i.end(ctx)
}

// Pages is the number of pages, as the document counts them.
func (d *Document) Pages() int { return d.pages }

// Err tells what went wrong below PDFium, which often carries on with less:
// the file's own error, or ErrMemory. It is nil if nothing did.
func (d *Document) Err() error {
	if d.i.failed == nil && !d.i.refused && !d.i.dead {
		return nil
	}
	return d.i.cause()
}

// Meta gives one entry of the document information, such as "Title"; "" if
// there is none.
func (d *Document) Meta(ctx context.Context, tag string) (string, error) {
	return d.i.text(ctx, "FPDF_GetMetaText", tag, d.handle)
}

// maxBookmarks is how many bookmarks are read: a broken outline can go in circles.
const maxBookmarks = 1_000_000

// Bookmarks gives the titles of the outline in order.
func (d *Document) Bookmarks(ctx context.Context) ([]string, error) {
	var titles []string
	first, err := d.i.call(ctx, "FPDFBookmark_GetFirstChild", d.handle, 0)
	if err != nil {
		return nil, err
	}
	seen := map[uint64]bool{}
	for stack := []uint64{first}; len(stack) > 0 && len(seen) < maxBookmarks; {
		b := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if b == 0 || seen[b] {
			continue
		}
		seen[b] = true
		title, err := d.i.text(ctx, "FPDFBookmark_GetTitle", "", b)
		if err != nil {
			return titles, err
		}
		titles = append(titles, title)
		next, err := d.i.call(ctx, "FPDFBookmark_GetNextSibling", d.handle, b)
		if err != nil {
			return titles, err
		}
		child, err := d.i.call(ctx, "FPDFBookmark_GetFirstChild", d.handle, b)
		if err != nil {
			return titles, err
		}
		stack = append(stack, next, child)
	}
	return titles, nil
}

// maxFiles is how many attachments and how many packets are read.
const maxFiles = 1_000_000

// Attachments hands each embedded file to take, which must be done with the
// reader when it returns.
func (d *Document) Attachments(ctx context.Context, take func(name string, r io.Reader) error) error {
	n, err := d.i.call(ctx, "FPDFDoc_GetAttachmentCount", d.handle)
	if err != nil {
		return err
	}
	for k := range min(uint64(max(0, int32(n))), maxFiles) {
		a, err := d.i.call(ctx, "FPDFDoc_GetAttachment", d.handle, k)
		if err != nil {
			return err
		}
		if a == 0 {
			continue
		}
		if err := d.attachment(ctx, a, take); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) attachment(ctx context.Context, a uint64, take func(string, io.Reader) error) error {
	name, err := d.i.text(ctx, "FPDFAttachment_GetName", "", a)
	if err != nil {
		return err
	}
	return d.hand(ctx, name, take, "FPDFAttachment_GetFile", a)
}

// Packets hands each part of an XFA form to take, which must be done with the
// reader when it returns. What was filled in is in the packet "datasets".
func (d *Document) Packets(ctx context.Context, take func(name string, r io.Reader) error) error {
	n, err := d.i.call(ctx, "FPDF_GetXFAPacketCount", d.handle)
	if err != nil {
		return err
	}
	for k := range min(uint64(max(0, int32(n))), maxFiles) {
		name, err := d.i.give(ctx, "FPDF_GetXFAPacketName", "", d.handle, k)
		if err != nil {
			return err
		}
		name = name[:max(0, len(name)-1)]
		if err := d.hand(ctx, string(name), take, "FPDF_GetXFAPacketContent", d.handle, k); err != nil {
			return err
		}
	}
	return nil
}

// hand copies what a function gives (args, buffer, size, where to write the
// size needed) within linear memory, and hands over a reader of it.
func (d *Document) hand(ctx context.Context, name string, take func(string, io.Reader) error, function string, args ...uint64) error {
	at, err := d.i.buffer(ctx, 4)
	if err != nil {
		return err
	}
	length := func(p, room uint64) (uint32, error) {
		if !d.i.module.Memory().WriteUint32Le(at, 0) {
			return 0, ErrCrash
		}
		ok, err := d.i.call(ctx, function, append(append([]uint64{}, args...), p, room, uint64(at))...)
		if err != nil || ok == 0 {
			return 0, err
		}
		n, _ := d.i.module.Memory().ReadUint32Le(at)
		return n, nil
	}
	n, err := length(0, 0)
	if err != nil || n == 0 {
		return err
	}
	p, err := d.i.call(ctx, "malloc", uint64(n))
	if err == nil && p == 0 {
		err = ErrMemory
	}
	if err != nil {
		return err
	}
	if _, err := length(p, uint64(n)); err != nil {
		return err
	}
	err = take(name, &memoryReader{d.i, uint32(p), n})
	_, freed := d.i.call(ctx, "free", p)
	return errors.Join(err, freed)
}

// memoryReader reads linear memory.
type memoryReader struct {
	i    *instance
	p, n uint32
}

// Size is how much is left to read.
func (r *memoryReader) Size() int64 { return int64(r.n) }

func (r *memoryReader) Read(b []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	from, err := r.i.read(r.p, min(r.n, uint32(len(b))))
	n := copy(b, from)
	r.p, r.n = r.p+uint32(n), r.n-uint32(n)
	return n, err
}
