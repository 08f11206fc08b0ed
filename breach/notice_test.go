package breach_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
)

func TestANoticeIsHiddenHoweverItIsPrinted(t *testing.T) {
	const secret = "nobody has lost this"
	n := breach.Notice{ID: "n1", Version: 2, Subject: "p1", Reader: "p2", Letter: "first", Channel: breach.Mail,
		To:    breach.Addressee{Name: breach.Hide(secret), Email: breach.Hide(secret)},
		Parts: []breach.Wording{{Language: "en", Title: breach.Content(secret), Text: breach.Content(secret)}},
		Bytes: breach.Content(secret)}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("handed over", "notice", n, "bytes", n.Bytes)
	marshalled, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	for form, got := range map[string]string{
		"%v": fmt.Sprintf("%v", n), "%+v": fmt.Sprintf("%+v", n), "%#v": fmt.Sprintf("%#v", n),
		"parts": fmt.Sprintf("%+v %#v %x %s %q", n.Parts, n.Parts, n.Parts, n.Parts, n.Parts),
		"bytes": fmt.Sprintf("%v %s %x %q %d", n.Bytes, n.Bytes, n.Bytes, n.Bytes, n.Bytes),
		"json":  string(marshalled), "log": log.String(),
	} {
		if strings.Contains(got, secret) || strings.Contains(got, "nobody") || strings.Contains(got, "110 111 98") ||
			strings.Contains(got, fmt.Sprintf("%x", secret)) || strings.Contains(got, "bm9ib2R5") {
			t.Errorf("%s shows what the notice says: %s", form, got)
		}
	}
	if got := n.String(); got != "notice n1 version 2 about p1 to p2" {
		t.Errorf("named %q", got)
	}
	if string(n.Bytes) != secret {
		t.Error("the bytes do not come back")
	}
}

func TestAPlainTextHasNoMarksOfHeadings(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"# One\n\nTwo # three\n":    "One\n\nTwo # three\n",
		"One\n\n# Two\n\n- # three": "One\n\nTwo\n\n- # three",
	} {
		if got := (breach.Wording{Text: breach.Content(text)}).Plain(); string(got) != want {
			t.Errorf("%q is %q, want %q", text, string(got), want)
		}
	}
}
