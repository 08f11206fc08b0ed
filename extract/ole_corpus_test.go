package extract_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestRecallOfOldWord(t *testing.T) {
	if r := measure(t, false, samples(t, "doc", "dot")); r.mean() < 0.97 {
		t.Errorf("mean recall %.3f of DOC, want 0.97", r.mean())
	}
}

func TestRecallOfOldExcel(t *testing.T) {
	if r := measure(t, true, samples(t, "xls", "xlt")); r.micro() < 0.95 {
		t.Errorf("recall %.3f of words in XLS, want 0.95", r.micro())
	}
}

func TestRecallOfOldPowerPoint(t *testing.T) {
	if r := measure(t, false, samples(t, "ppt", "pps")); r.mean() < 0.96 {
		t.Errorf("mean recall %.3f of PPT, want 0.96", r.mean())
	}
}

func TestRecallOfRTF(t *testing.T) {
	if r := measure(t, false, samples(t, "rtf")); r.mean() < 0.99 {
		t.Errorf("mean recall %.3f of RTF, want 0.99", r.mean())
	}
}

func TestRecallOfOutlookMessages(t *testing.T) {
	r := recallOf(t, samples(t, "msg"), func(s sample, _ []byte) string {
		text, err := os.ReadFile(filepath.Join(corpus, s.reference))
		if s.reference == "" || err != nil {
			return ""
		}
		// The reference has labels that the file has not.
		// It writes dates in its own way, and says the kind of what is attached.
		plain := regexp.MustCompile("(?m)^Date:.*$").ReplaceAllString(string(text), "")
		return strings.NewReplacer("Attachment: image/png =", "", "From:", "", "To:", "", "Subject:", "", "Attachment:", "").Replace(plain)
	})
	if r.mean() < 0.96 {
		t.Errorf("mean recall %.3f of MSG, want 0.96", r.mean())
	}
}
