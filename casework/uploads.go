package casework

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"sync"
	"unicode"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// uploadsName names what was sent through the browser, as evidence: it is no
// path, for those in the store are absolute.
const uploadsName = "uploads:"

// The bounds of what is sent through the browser. More is for a folder of the
// server.
const (
	MostUpload  = 100 << 20 // bytes of one file: it is opened in memory to be read
	MostUploads = 100       // files of a case
)

// Upload keeps a file that is being sent, sealed from its first byte on.
func (d *Desk) Upload(ctx context.Context, id store.CaseID, use store.UploadUse, name string, from io.Reader) (store.Upload, error) {
	action := auth.Scan
	if use == store.ForRegister {
		action = auth.ImportRegister
	}
	g, err := d.grant(ctx, id, action)
	if err != nil {
		return store.Upload{}, err
	}
	have, err := d.Store.Uploads(ctx, g, use)
	if err != nil {
		return store.Upload{}, err
	}
	if len(have) >= MostUploads {
		return store.Upload{}, &breach.Refusal{Key: "refusal.uploads-many", Args: map[string]any{"Most": MostUploads}}
	}
	return d.Store.AddUpload(ctx, g, use, uploadName(name), &bounded{from: from, left: MostUpload})
}

// ErrUploadLarge says that a file is more than is taken through the browser.
var ErrUploadLarge = &breach.Refusal{Key: "refusal.upload-large", Args: map[string]any{"Most": MostUpload >> 20}}

// bounded refuses what is longer than it may be.
type bounded struct {
	from io.Reader
	left int64
}

// Read reads, and fails beyond the bound.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrUploadLarge
	}
	return n, err
}

// uploadName is the last step of the path that a browser gives, without what no
// name may hold.
func uploadName(name string) breach.Personal {
	name = path.Base("/" + strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r == '/' || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if runes := []rune(name); len(runes) > 200 {
		name = string(runes[len(runes)-200:]) // the end tells the format
	}
	return breach.Hide(name)
}

// RemoveUpload takes a file back. What was read of it goes with the next scan.
func (d *Desk) RemoveUpload(ctx context.Context, id store.CaseID, u store.Upload) error {
	action := auth.Scan
	if u.Use == store.ForRegister {
		action = auth.ImportRegister
	}
	g, err := d.grant(ctx, id, action)
	if err != nil {
		return err
	}
	return d.Store.RemoveUpload(ctx, g, u)
}

// uploads is what was sent through the browser, as evidence. A file is opened in
// memory while it is read.
type uploads struct {
	d     *Desk
	g     auth.Grant
	sent  map[string]store.Upload // by path
	order []string

	mu     sync.Mutex
	opened []*store.Opened
}

// openUploads lists what there is. What was sent together lies in one folder, so
// that the parts of something that was cut belong together.
func (d *Desk) openUploads(ctx context.Context, g auth.Grant) (*uploads, error) {
	list, err := d.Store.Uploads(ctx, g, store.ForEvidence)
	u := &uploads{d: d, g: g, sent: map[string]store.Upload{}}
	for _, x := range list {
		folder := x.At.UTC().Format("2006-01-02 15.04.05")
		name := path.Join(folder, x.Name.Reveal())
		if _, twice := u.sent[name]; twice {
			name = path.Join(folder, fmt.Sprint(x.Number), x.Name.Reveal())
		}
		u.sent[name] = x
		u.order = append(u.order, name)
	}
	return u, err
}

func (u *uploads) name() string { return uploadsName }

func (u *uploads) list(ctx context.Context, w *walker) error {
	for _, name := range u.order {
		x := u.sent[name]
		if err := w.meet(ctx, store.Item{Path: name, Size: x.Size, MTime: x.Number, State: breach.Pending}); err != nil {
			return err
		}
	}
	return nil
}

func (u *uploads) open(ctx context.Context, it store.Item) (*os.File, []byte, error) {
	x, there := u.sent[it.Path]
	if !there {
		return nil, nil, &breach.Gap{Reason: breach.IOError}
	}
	opened, err := u.d.Store.OpenUpload(ctx, u.g, x)
	if errors.Is(err, os.ErrNotExist) { // it was taken back meanwhile
		return nil, nil, &breach.Gap{Reason: breach.IOError}
	}
	if err != nil {
		return nil, nil, err
	}
	u.mu.Lock()
	u.opened = append(u.opened, opened)
	u.mu.Unlock()
	return hashed(ctx, opened.File)
}

// unchanged: nobody can write what is sealed.
func (u *uploads) unchanged(it store.Item) bool {
	x, there := u.sent[it.Path]
	return there && x.Number == it.MTime
}

func (u *uploads) release([32]byte, bool) {}

// Close removes what lay in the open, where a system has no files in memory.
func (u *uploads) Close() error {
	for _, o := range u.opened {
		_ = o.Close() // its file was closed by whoever read it
	}
	return nil
}
