package dispatch_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/dispatch"
)

func TestALetterIsPrintedAgainAsItWas(t *testing.T) {
	root, _ := folder(t)
	one, two := notice("p1", nil), notice("p2", func(n *breach.Notice) {
		n.To.Name = breach.Hide("Maija Esimerkki") // and two pages
		n.Parts[0].Text = append(n.Parts[0].Text, strings.Repeat("\n\nEn rad till, som ingen hade väntat sig.", 40)...)
	})
	m, err := batch().Bundle(dispatch.In(root), nil, each(one, two))
	if err != nil {
		t.Fatal(err)
	}
	var pdf bytes.Buffer
	for i, n := range []breach.Notice{one, two} {
		if err := batch().Again(&pdf, n, m.Letters[i]); err != nil {
			t.Error(err)
		}
	}
	if err := batch().Again(&pdf, two, m.Letters[0]); !errors.Is(err, dispatch.ErrChanged) {
		t.Errorf("somebody else's letter in its place: %v", err)
	}
}
