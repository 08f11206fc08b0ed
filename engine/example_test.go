package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/engine"
)

// The test program is its own worker; the command names "klarlagt worker text".
func ExamplePool() {
	self, err := os.Executable()
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path, list := filepath.Join(dir, "klass.csv"), "Namn;Klass\nElina Mäkinen;7B\n"
	if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	pool := engine.Pool{Stage: engine.Text, Command: []string{self, realWorker, "text", "--pdf-cache", pdfCache, "--spool", dir}, Workers: 1}
	jobs := func(yield func(engine.Job, error) bool) {
		f, err := os.Open(path)
		yield(engine.Job{ID: 1, Name: breach.Hide("klass.csv"), Size: int64(len(list)), File: f}, err)
	}
	err = pool.Run(context.Background(), jobs, func(_ int, _ engine.Job, row engine.Row) error {
		switch r := row.(type) {
		case *engine.Item:
			fmt.Println("item", r.Ordinal)
		case *engine.Passage:
			fmt.Printf("%v: %q\n", r.Place, r.Text)
		case *engine.Close:
			fmt.Println("a", r.Type, r.State)
		case *engine.End:
			fmt.Println("attempt ended, to be tried again:", r.Again)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// item 0
	// row 1: "Namn\tKlass\nElina Mäkinen\t7B\n"
	// a csv read
	// attempt ended, to be tried again: false
}
