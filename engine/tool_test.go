package engine_test

import (
	"context"
	"errors"
	"image"
	"image/draw"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/klarlagt/klarlagt/engine"
)

// written draws lines of text as they stand on paper.
func written(t testing.TB, text ...string) *image.Gray {
	t.Helper()
	const margin, height = 60, 60
	font, err := opentype.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(font, &opentype.FaceOptions{Size: 12, DPI: 200})
	if err != nil {
		t.Fatal(err)
	}
	page := image.NewGray(image.Rect(0, 0, 1600, 2*margin+height*len(text)))
	draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
	pen := xfont.Drawer{Dst: page, Src: image.Black, Face: face}
	for n, line := range text {
		pen.Dot = fixed.P(margin, margin+height*(n+1)-20)
		pen.DrawString(line)
	}
	return page
}

func recognizer(t *testing.T) *engine.Recognizer {
	t.Helper()
	r, err := engine.NewRecognizer(t.Context(), []string{program(t), realWorker}, 0)
	if errors.Is(err, engine.ErrNoTool) {
		t.Skip("tesseract is not installed")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestRecognizerReadsPictures(t *testing.T) {
	r := recognizer(t)
	for name, c := range map[string]struct {
		picture *image.Gray
		want    []string
	}{
		"lines of text": {written(t, "Läkarintyg för Elina Mäkinen", "personbeteckning 010594Y9032", "telefon 070-1740605"), []string{"Läkarintyg för Elina Mäkinen\n", "010594Y9032", "070-1740605"}},
		"nothing":       {written(t), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := r.Read(t.Context(), c.picture)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range c.want {
				if !strings.Contains(string(got.Text), w) {
					t.Errorf("read %q, want %s in it", got.Text, w)
				}
			}
			if len(c.want) == 0 && len(got.Text) > 0 {
				t.Errorf("read %q where nothing stands", got.Text)
			}
			t.Logf("%.0f: %q", got.Confidence, got.Text)
		})
	}
}

func TestRecognizerStopsInTime(t *testing.T) {
	r := recognizer(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Read(ctx, written(t, "Elina")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestToolIsRefused(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other programs are sealed on Linux only")
	}
	for _, name := range []string{"/bin/cat", "/bin/bash"} {
		if _, err := os.Stat(name); err != nil {
			t.Skip(name + " is not there")
		}
	}
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	outside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer outside.Close()
	_, port, err := net.SplitHostPort(outside.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	become := func(command ...string) error {
		args := append([]string{realWorker, string(engine.Tool), "--"}, command...)
		return exec.Command(program(t), args...).Run()
	}
	if err := become("/bin/bash", "-c", "exit 0"); err != nil {
		t.Fatalf("a program that does nothing wrong: %v", err)
	}
	if err := become("/bin/cat", secret); err == nil {
		t.Skip("the kernel has no Landlock")
	}
	for name, script := range map[string]string{
		"write a file":    "echo x > " + filepath.Join(dir, "new"),
		"connect":         "exec 3<>/dev/tcp/127.0.0.1/" + port,
		"start a program": "/bin/cat /dev/null; /bin/cat /dev/null",
	} {
		t.Run(name, func(t *testing.T) {
			if err := become("/bin/bash", "-c", script); err == nil {
				t.Error("not refused")
			}
			if err := exec.Command("/bin/bash", "-c", script).Run(); err != nil {
				t.Errorf("refused outside the sandbox too: %v", err)
			}
		})
	}
}
