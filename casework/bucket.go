package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// bucketPrefix begins the name of a bucket in the store; the address of the
// service follows, the bucket and the prefix, parted by "/".
const bucketPrefix = "s3:"

// bucket is what lies under a prefix in S3-compatible storage. Objects are
// held while they are read. Nothing is asked for but lists and contents.
type bucket struct {
	core    minio.Core
	service string // https://host
	bucket  string
	prefix  string // of the keys: a folder with "/" at its end, or one object; "" for all
	held    *held
}

// openBucket opens s3://bucket/prefix as the usual environment says.
func openBucket(evidence string, held *held) (*bucket, error) {
	name, prefix, _ := strings.Cut(strings.TrimPrefix(evidence, bucketScheme), "/")
	if name == "" {
		return nil, &breach.Refusal{Key: "refusal.no-bucket", Args: map[string]any{"Path": evidence}}
	}
	service := cmp.Or(os.Getenv("AWS_ENDPOINT_URL_S3"), os.Getenv("AWS_ENDPOINT_URL"), "https://s3.amazonaws.com")
	b, err := newBucket(service, name, prefix, held)
	if err != nil || prefix == "" || strings.HasSuffix(prefix, "/") {
		return b, err
	}
	return b, b.settle()
}

// settle tells whether a prefix without "/" is a folder or one object.
func (b *bucket) settle() error {
	folder, err := b.first(b.prefix + "/")
	if err != nil {
		return err
	}
	object, err := b.first(b.prefix)
	if err != nil {
		return err
	}
	if object != b.prefix || strings.HasPrefix(folder, b.prefix+"/") {
		b.prefix += "/"
	}
	return nil
}

// first is the first key with a prefix; "" if there is none.
func (b *bucket) first(prefix string) (string, error) {
	page, err := b.core.ListObjectsV2(b.bucket, prefix, "", "", "", 1)
	if err != nil {
		return "", unreadableBucket(b.bucket, minio.ToErrorResponse(err).Code, err)
	}
	if len(page.Contents) == 0 {
		return "", nil
	}
	return page.Contents[0].Key, nil
}

// reopenBucket opens a bucket by its name in the store.
func reopenBucket(name string, held *held) (*bucket, error) {
	scheme, rest, _ := strings.Cut(strings.TrimPrefix(name, bucketPrefix), "://")
	part := strings.SplitN(rest, "/", 3)
	if len(part) < 3 {
		return nil, fmt.Errorf("find bucket: %w", errors.ErrUnsupported)
	}
	return newBucket(scheme+"://"+part[0], part[1], part[2], held)
}

func newBucket(service, name, prefix string, held *held) (*bucket, error) {
	u, err := url.Parse(service)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, unreadableBucket(name, "AWS_ENDPOINT_URL", nil) // not the error: an address can hold a password
	}
	core, err := minio.NewCore(u.Host, &minio.Options{
		Creds:      credentials.NewEnvAWS(),
		Secure:     u.Scheme == "https",
		Region:     cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")),
		MaxRetries: bucketTries,
	})
	if err != nil {
		return nil, unreadableBucket(name, "AWS_ENDPOINT_URL", err)
	}
	return &bucket{core: *core, service: u.Scheme + "://" + u.Host, bucket: name, prefix: prefix, held: held}, nil
}

// bucketTries is how often something is asked for.
const bucketTries = 5

func unreadableBucket(name, why string, err error) error {
	return &breach.Refusal{Key: "refusal.bucket-unreadable", Args: map[string]any{"Bucket": name, "Why": why}, Err: err}
}

func (b *bucket) name() string {
	return bucketPrefix + b.service + "/" + b.bucket + "/" + b.prefix
}

func (b *bucket) Close() error { return nil }

// unchanged: what is read is a copy.
func (b *bucket) unchanged(store.Item) bool { return true }

// release lets the copy go also where pictures wait: it can be had again.
func (b *bucket) release(sha [32]byte, _ bool) { b.held.release(sha, false) }

// list lists the objects under the prefix in the order of their keys, a page at
// a time.
func (b *bucket) list(ctx context.Context, w *walker) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	met := false
	for o := range b.core.ListObjectsIter(ctx, b.bucket, minio.ListObjectsOptions{Prefix: b.prefix, Recursive: true}) {
		if o.Err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			code := minio.ToErrorResponse(o.Err).Code
			if !met {
				return unreadableBucket(b.bucket, code, o.Err)
			}
			w.partial = true
			return w.meet(ctx, store.Item{Path: ".", Size: -1, State: breach.Partly, Reason: reasonOfCode(code)})
		}
		if b.only() && o.Key != b.prefix {
			continue
		}
		met = true
		if strings.HasSuffix(o.Key, "/") && o.Size == 0 {
			continue // stands for a folder
		}
		if err := w.meet(ctx, b.item(o)); err != nil {
			return err
		}
	}
	if !met && ctx.Err() == nil {
		return &breach.Refusal{Key: "refusal.no-evidence", Args: map[string]any{"Path": bucketScheme + b.bucket + "/" + b.prefix}}
	}
	return ctx.Err()
}

// item tells an object. Its mark changes with its content.
func (b *bucket) item(o minio.ObjectInfo) store.Item {
	it := store.Item{Path: o.Key[len(b.folder()):], Size: o.Size, MTime: mark(o), State: breach.Pending}
	if strings.IndexByte(it.Path, 0) >= 0 { // no path of ours holds a NUL
		it.Path = strings.ReplaceAll(it.Path, "\x00", `\x00`)
		it.State, it.Reason = breach.NotReadable, breach.Malformed
	}
	return it
}

// mark stands for the time of an object: it changes with the content.
func mark(o minio.ObjectInfo) int64 {
	if o.ETag == "" { // some services have none for what they did not write
		return o.LastModified.Unix()
	}
	return versionOf([]byte(o.ETag))
}

// only reports whether the prefix is the key of one object.
func (b *bucket) only() bool { return b.prefix != "" && !strings.HasSuffix(b.prefix, "/") }

// folder is what the keys of all items begin with.
func (b *bucket) folder() string { return b.prefix[:strings.LastIndexByte(b.prefix, '/')+1] }

// open copies an object, if it still is the one that was listed.
func (b *bucket) open(ctx context.Context, it store.Item) (*os.File, []byte, error) {
	r := &objectReader{bucket: b, ctx: ctx, item: it}
	defer r.close()
	file, sha, err := b.held.take(ctx, r)
	var broken errSource
	if !errors.As(err, &broken) {
		return file, sha, err
	}
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	return nil, nil, &breach.Gap{Reason: reasonOfCode(minio.ToErrorResponse(broken.error).Code)}
}

// reasonOfCode is the reason why the service did not let us read.
func reasonOfCode(code string) breach.Reason {
	switch code {
	case "AccessDenied", "InvalidObjectState": // the latter: in an archive, to be restored first
		return breach.Permission
	}
	return breach.IOError
}

// objectReader reads an object, and goes on where a connection broke.
type objectReader struct {
	*bucket
	ctx   context.Context // of the one call of open
	item  store.Item
	body  io.ReadCloser
	at    int64
	tries int
}

// errChanged says that an object is no longer what was listed.
var errChanged = errors.New("object changed since it was listed")

func (r *objectReader) Read(p []byte) (int, error) {
	for {
		if r.body == nil {
			if err := r.ask(); err != nil {
				return 0, err
			}
		}
		n, err := r.body.Read(p)
		r.at += int64(n)
		switch {
		case r.at > r.item.Size:
			return 0, errChanged
		case r.at == r.item.Size && err != nil:
			return n, io.EOF
		case err == nil:
			return n, nil
		}
		r.close()
		if r.tries >= bucketTries || r.ctx.Err() != nil {
			return n, fmt.Errorf("read object: %w", io.ErrUnexpectedEOF)
		}
		if n > 0 {
			return n, nil
		}
	}
}

// ask asks for the rest of the object.
func (r *objectReader) ask() error {
	r.tries++
	o := minio.GetObjectOptions{}
	if r.at > 0 {
		if err := o.SetRange(r.at, 0); err != nil {
			return err
		}
	}
	body, info, header, err := r.core.GetObject(r.ctx, r.bucket.bucket, r.folder()+r.item.Path, o)
	if err != nil {
		return err
	}
	if mark(info) != r.item.MTime || r.at > 0 && header.Get("Content-Range") == "" {
		_ = body.Close()
		return errChanged
	}
	r.body = body
	return nil
}

func (r *objectReader) close() {
	if r.body != nil {
		_ = r.body.Close()
		r.body = nil
	}
}
