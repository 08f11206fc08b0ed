package casework_test

import (
	"path/filepath"
	"testing"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// TestRotationThatWasStoppedGoesOn stops between the two databases, where the
// master key wraps something in each.
func TestRotationThatWasStoppedGoesOn(t *testing.T) {
	d, id, _ := small(t, map[string]string{"a.txt": "nothing"})
	conf := store.ControlConfig{Dir: d.Store.Dir(), Master: master()}
	control, err := store.OpenControl(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := control.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "new.key")
	to, err := seal.NewMasterFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.RotateControl(t.Context(), conf, to); err != nil { // and here it stopped
		t.Fatal(err)
	}
	for range 2 { // the second finds all done
		if err := casework.RotateMaster(t.Context(), conf, master(), "a test", file); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.OpenControl(t.Context(), conf); err == nil {
		t.Error("the old key opens the control database")
	}
	conf.Master = to
	if control, err = store.OpenControl(t.Context(), conf); err != nil {
		t.Fatal(err)
	}
	if err := control.Close(); err != nil {
		t.Error(err)
	}
	if s, err := store.Open(t.Context(), store.Config{Dir: conf.Dir, Key: master()}); err == nil {
		_ = s.Close()
		t.Error("the old key opens the store")
	}
	s, err := store.Open(t.Context(), store.Config{Dir: conf.Dir, Key: to})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if c, err := newDesk(s).Case(t.Context(), string(id)); err != nil || c.Title != "a test" {
		t.Errorf("with the new key: %+v, error %v", c, err)
	}
}
