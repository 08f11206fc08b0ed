package engine

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/extract"
)

// Tool is the stage of a worker that gives up what it can and becomes another
// program, which reads a picture and writes its text.
const Tool Stage = "tool"

// ErrNoTool says that no program that reads pictures is installed.
var ErrNoTool = errors.New("no program to read pictures with")

// Recognizer reads text in pictures with tesseract, one process a picture. It
// is for many goroutines.
type Recognizer struct {
	Name    string // the program with its version, and the languages it reads
	command []string
	thread  *thread
}

// languages are what evidence is written in, the likeliest first.
var languages = []string{"swe", "fin", "eng"}

// What one picture may cost.
const (
	toolTime   = 3 * time.Minute
	toolOutput = 16 << 20
)

// FindTool gives the path of tesseract; "" where it is not installed.
func FindTool() string {
	program, err := exec.LookPath("tesseract")
	if err == nil {
		program, err = filepath.Abs(program)
	}
	if err != nil {
		return ""
	}
	return program
}

// NewRecognizer finds tesseract and its languages, and tries it in its sandbox.
// worker is the command line of a worker; nice is how far tesseract stands back
// for other programs, from 0 to 19, where the system knows such a thing. The
// error is ErrNoTool where it is not installed.
func NewRecognizer(ctx context.Context, worker []string, nice int) (*Recognizer, error) {
	program := FindTool()
	if program == "" {
		return nil, ErrNoTool
	}
	listed, err := exec.CommandContext(ctx, program, "--list-langs").Output() // #nosec G204 -- our own program, or one that the operator names
	if err != nil {
		return nil, fmt.Errorf("ask tesseract for its languages: %w", err)
	}
	version, err := exec.CommandContext(ctx, program, "--version").Output() // #nosec G204 -- our own program, or one that the operator names
	if err != nil {
		return nil, fmt.Errorf("ask tesseract for its version: %w", err)
	}
	known := strings.Fields(string(listed))
	mine := slices.DeleteFunc(slices.Clone(languages), func(l string) bool { return !slices.Contains(known, l) })
	if len(mine) == 0 {
		return nil, ErrNoTool
	}
	name, _, _ := strings.Cut(string(version), "\n")
	reads := strings.Join(mine, "+")
	r := &Recognizer{
		Name:    strings.TrimSpace(name) + " " + reads,
		command: toolCommand(worker, nice, program, "stdin", "stdout", "-l", reads, "--psm", "3", "--dpi", "200", "tsv"),
		thread:  newThread(),
	}
	if _, err := r.Read(ctx, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		r.Close()
		return nil, fmt.Errorf("try tesseract: %w", err)
	}
	return r, nil
}

// Close ends the recognizer.
func (r *Recognizer) Close() { r.thread.stop() }

// turnBelow is the confidence below which a picture may stand on its head:
// text that does has 25 to 40, the right way up even a bad fax has more.
const turnBelow = 50

// Read reads the text of a picture, whichever end is up. Its error wraps
// ErrUnread where this picture is at fault.
func (r *Recognizer) Read(ctx context.Context, img *image.Gray) (Reading, error) {
	upright, err := r.read(ctx, img)
	if err != nil || len(upright.Text) == 0 || upright.Confidence >= turnBelow {
		return upright, err
	}
	turned, err := r.read(ctx, extract.Overturn(img))
	if ctx.Err() != nil {
		return Reading{}, err
	}
	if err == nil && turned.Confidence > upright.Confidence {
		return turned, nil
	}
	return upright, nil
}

// read reads a picture as it lies; tesseract itself tells lines that run up
// from level ones.
func (r *Recognizer) read(ctx context.Context, img *image.Gray) (Reading, error) {
	limited, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	cmd := exec.CommandContext(limited, r.command[0], r.command[1:]...) // #nosec G204 -- our own program, or one that the operator names
	cmd.Env = toolEnvironment()
	cmd.Stdin = io.MultiReader(strings.NewReader(fmt.Sprintf("P5\n%d %d\n255\n", img.Rect.Dx(), img.Rect.Dy())), &lines{img: img})
	out := &limitedBuffer{left: toolOutput}
	cmd.Stdout = out
	cmd.SysProcAttr = attributes()
	cmd.Cancel = func() error { killGroup(cmd.Process); return nil }
	cmd.WaitDelay = time.Second
	if err := r.thread.do(cmd.Start); err != nil {
		return Reading{}, fmt.Errorf("start tesseract: %w", err)
	}
	err := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return Reading{}, ctx.Err()
	case err != nil || out.left < 0:
		return Reading{}, ErrUnread
	}
	return ParseReading(out.b), nil
}

// ErrUnread says that the program failed at a picture.
var ErrUnread = errors.New("the picture could not be read")

// toolEnvironment is all that the program is told: to keep to one thread, for
// there are as many of it as cores, and where its languages lie.
func toolEnvironment() []string {
	env := []string{"OMP_THREAD_LIMIT=1"}
	if dir := os.Getenv("TESSDATA_PREFIX"); dir != "" {
		env = append(env, "TESSDATA_PREFIX="+dir)
	}
	return env
}

// lines reads the pixels of a picture.
type lines struct {
	img  *image.Gray
	done int
}

func (l *lines) Read(p []byte) (int, error) {
	w, h := l.img.Rect.Dx(), l.img.Rect.Dy()
	if l.done >= w*h {
		return 0, io.EOF
	}
	y, x := l.done/w, l.done%w
	n := copy(p, l.img.Pix[y*l.img.Stride+x:y*l.img.Stride+w])
	l.done += n
	return n, nil
}

// limitedBuffer holds what a program writes, up to a limit.
type limitedBuffer struct {
	b    []byte
	left int
}

func (l *limitedBuffer) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, io.ErrShortWrite
	}
	l.b = append(l.b, p...)
	return len(p), nil
}
