package dispatch_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/dispatch"
)

func TestEachNumberIsAccountedFor(t *testing.T) {
	for name, c := range map[string]struct {
		receipt  string
		want     dispatch.LetterAccount
		complete bool
	}{
		"all printed":               {"seq;state\r\n1;printed\r\n2;posted\r\n3;printed\r\n", dispatch.LetterAccount{Sent: []int{1, 2, 3}}, true},
		"none":                      {"seq,state\n", dispatch.LetterAccount{Missing: []int{1, 2, 3}}, false},
		"by the code on the sheet":  {"code,state\nK7F3A2-000002-1/2,Printed\n", dispatch.LetterAccount{Sent: []int{2}, Missing: []int{1, 3}}, false},
		"spoiled and printed again": {"seq;state\n1;printed\n1;spoiled\n1;reprinted\n2;printed\n3;printed\n", dispatch.LetterAccount{Sent: []int{1, 2, 3}}, true},
		"spoiled and left":          {"seq;state\n1;printed\n1;spoiled\n2;printed\n3;printed\n", dispatch.LetterAccount{Sent: []int{2, 3}, Missing: []int{1}}, false},
		"printed twice":             {"seq;state\n1;printed\n1;printed\n2;printed\n3;printed\n", dispatch.LetterAccount{Sent: []int{1, 2, 3}, Twice: []int{1}}, false},
		"came back":                 {"seq;state\n1;printed\n1;returned\n2;printed\n3;printed\n", dispatch.LetterAccount{Sent: []int{2, 3}, Returned: []int{1}}, true},
		"of another batch":          {"seq;state\n1;printed\n2;printed\n3;printed\n4;printed\n4;printed\n", dispatch.LetterAccount{Sent: []int{1, 2, 3}, Unknown: []int{4}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			receipts, err := dispatch.ReadReceipts(strings.NewReader(c.receipt), "K7F3A2")
			if err != nil {
				t.Fatal(err)
			}
			got := dispatch.Manifest{Count: 3}.Account(receipts)
			if !reflect.DeepEqual(got, c.want) || got.Complete() != c.complete {
				t.Errorf("got %+v, complete %v; want %+v, %v", got, got.Complete(), c.want, c.complete)
			}
		})
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
		const count = 5
		a := dispatch.Manifest{Count: count}.Account(receipts)
		if len(a.Sent)+len(a.Returned)+len(a.Missing) != count {
			t.Errorf("of %d letters %d are accounted for", count, len(a.Sent)+len(a.Returned)+len(a.Missing))
		}
	})
}
