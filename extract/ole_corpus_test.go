package extract_test

import (
	"os"
	"path/filepath"
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
		// The reference labels what the file does not.
		// It says also a date where there is none, and the kind of what is attached.
		return strings.NewReplacer("Date: Mon, 1 Jan 1601 00:00:00 +0000", "", "Attachment: image/png =", "", "From:", "", "To:", "", "Subject:", "", "Date:", "", "Attachment:", "").Replace(string(text))
	})
	if r.mean() < 0.96 {
		t.Errorf("mean recall %.3f of MSG, want 0.96", r.mean())
	}
}
