package extract_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/extract"
)

// asked is a file that counts how often it is asked.
type asked struct {
	io.ReaderAt
	times int64
}

func (a *asked) ReadAt(p []byte, off int64) (int, error) {
	a.times++
	return a.ReaderAt.ReadAt(p, off)
}

// manyLetters is an archive whose parts are small and lie all over it.
func manyLetters(t *testing.T) []byte {
	var letters []file
	for i := range 800 {
		letters = append(letters, file{fmt.Sprintf("%d.txt", i), []byte("Bo Ek bor i Exempelstad.\n")})
	}
	return packZip(t, letters...)
}

func TestSmallReadsAreGathered(t *testing.T) {
	content := manyLetters(t)
	f := &asked{ReaderAt: bytes.NewReader(content)}
	if err := extract.Walk(t.Context(), f, int64(len(content)), "letters.zip", extract.Limits{Hashed: true}, &account{}); err != nil {
		t.Fatal(err)
	}
	if most := int64(len(content)) / 4096; f.times > most {
		t.Errorf("a file of %d bytes was asked %d times, want %d at most", len(content), f.times, most)
	}
}

// A file that cannot be read from somewhere on, or ends before it said, is read
// as far as it goes.
func TestFailingReads(t *testing.T) {
	content := manyLetters(t)
	size := int64(len(content))
	for from := int64(0); from < size*9/10; from += size / 5 {
		for _, f := range []io.ReaderAt{failing{bytes.NewReader(content), from}, bytes.NewReader(content[:from])} {
			a := &account{}
			if err := extract.Walk(t.Context(), f, size, "letters.zip", extract.Limits{}, a); err != nil {
				t.Fatal(err)
			}
			a.check(t)
			if o := a.items[0].Outcome; !o.State.IsGap() {
				t.Errorf("%T that ends at byte %d of %d: %s, want %s or less", f, from, size, o.State, breach.Partly)
			}
		}
	}
}
