package dispatch_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/dispatch"
)

func TestReadReceipts(t *testing.T) {
	type line = dispatch.LetterReceipt
	for name, c := range map[string]struct {
		receipt string
		want    []line
	}{
		"by number":               {"seq;state\r\n1;printed\r\n2;posted\r\n", []line{{Seq: 1, State: "printed"}, {Seq: 2, State: "posted"}}},
		"none":                    {"seq,state\n", nil},
		"by the code on a sheet":  {"code,state\nK7F3A2-000002-1/2,Printed\n", []line{{Seq: 2, State: "printed"}}},
		"spoiled, printed again":  {"seq;state\n1;spoiled\n1;reprinted\n", []line{{Seq: 1, State: "spoiled"}, {Seq: 1, State: "printed"}}},
		"under a new number":      {"seq;state;as\n1;spoiled;\n1;reprinted;K7F3A2-000004\n2;reprinted;5\n", []line{{Seq: 1, State: "spoiled"}, {Seq: 1, State: "printed", As: 4}, {Seq: 2, State: "printed", As: 5}}},
		"came back":               {"seq;day;state\n1;2026-09-30;returned\n", []line{{Seq: 1, State: "returned"}}},
		"a mark before the heads": {"\ufeffSEQ;State\n7;posted\n", []line{{Seq: 7, State: "posted"}}},
	} {
		got, err := dispatch.ReadReceipts(strings.NewReader(c.receipt), "K7F3A2")
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: read as %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

func TestSplitCode(t *testing.T) {
	for code, want := range map[string]string{"K7F3A2-000012-1/2": "K7F3A2 12 true", " k7f3a2-000003 ": "K7F3A2 3 true", "K7F3A2": "K7F3A2 0 false", "K7F3A2-x": "K7F3A2 0 false", "-": " 0 false"} {
		batch, seq, ok := dispatch.SplitCode(code)
		if got := fmt.Sprint(batch, " ", seq, " ", ok); got != want {
			t.Errorf("%q is taken apart as %s, want %s", code, got, want)
		}
	}
}

func TestWhatIsNoReceipt(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":               "",
		"no headings":           "1;printed\n",
		"another batch's code":  "code;state\nAAAAAA-000001;printed\n",
		"a word of their own":   "seq;state\n1;fine\n",
		"a number that is none": "seq;state\n" + "x;printed\n",
		"less than the heading": "seq;state;day\n1;printed\n",
		"as itself":             "seq;state;as\n1;reprinted;1\n",
		"a new number of none":  "seq;state;as\n1;spoiled;4\n",
		"beyond six digits":     "seq;state\n1000000;printed\n",
	} {
		if got, err := dispatch.ReadReceipts(strings.NewReader(text), "K7F3A2"); !errors.Is(err, dispatch.ErrReceipt) {
			t.Errorf("%s: read as %v, %v", name, got, err)
		}
	}
}

func FuzzReadReceipts(f *testing.F) {
	f.Add("seq;state\n1;printed\n")
	f.Add("\ufeffcode,state\n\"K7F3A2-000002-1/2\",spoiled\n")
	f.Add("seq;state\n99999999999999999999;printed\n-1;returned\n")
	f.Fuzz(func(t *testing.T, text string) {
		receipts, err := dispatch.ReadReceipts(strings.NewReader(text), "K7F3A2")
		if err != nil {
			return
		}
		for _, r := range receipts {
			if r.Seq < 1 || r.As < 0 || r.State == "" || r.As > 0 && r.State != dispatch.LetterPrinted {
				t.Errorf("a line was read as %+v", r)
			}
		}
	})
}
