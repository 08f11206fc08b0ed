package seal_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

func split(t testing.TB, k seal.Key) (a, b string) {
	t.Helper()
	one, other, err := seal.Split(k)
	if err != nil {
		t.Fatal(err)
	}
	return one.Reveal(), other.Reveal()
}

func join(a, b string) (seal.Key, error) { return seal.Join(breach.Hide(a), breach.Hide(b)) }

func TestTwoHalvesMakeTheKey(t *testing.T) {
	k := seal.NewKey()
	a, b := split(t, k)
	for name, pair := range map[string][2]string{
		"in order":            {a, b},
		"the other way":       {b, a},
		"small letters":       {strings.ToLower(a), b},
		"without dashes":      {strings.ReplaceAll(a, "-", ""), strings.ReplaceAll(b, "-", " ")},
		"on many lines":       {"  " + strings.ReplaceAll(a, "-", "-\r\n") + "\n", b},
		"letters for numbers": {strings.NewReplacer("0", "O", "1", "l").Replace(a), strings.NewReplacer("0", "o", "1", "I").Replace(b)},
	} {
		if got, err := join(pair[0], pair[1]); err != nil || !got.Equal(k) {
			t.Errorf("%s: %v", name, err)
		}
	}
	shape := regexp.MustCompile(`^KLARLAGT-[AB](-[0-9A-HJKMNP-TV-Z]{5}){16}$`)
	if !shape.MatchString(a) || !shape.MatchString(b) {
		t.Error("a half is not in the shape that is printed")
	}
}

// What one half holds beside its mark is random: made twice, it has nothing to
// do with itself, so it says nothing of the key.
func TestOneHalfSaysNothing(t *testing.T) {
	k := seal.NewKey()
	counts := map[string]int{}
	for range 200 {
		a, b := split(t, k)
		counts[a[20:80]]++
		counts[b[20:80]]++
	}
	if len(counts) != 400 {
		t.Errorf("%d different halves of 400", len(counts))
	}
}

func TestEachTypingMistakeIsTold(t *testing.T) {
	const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZU*å"
	k := seal.NewKey()
	a, b := split(t, k)
	start := len("KLARLAGT-A-")
	tried := 0
	for i := start; i < len(a); i++ {
		if a[i] == '-' {
			continue
		}
		for _, c := range letters {
			if byte(c) == a[i] {
				continue
			}
			tried++
			_, err := join(a[:i]+string(c)+a[i+1:], b)
			if err == nil {
				t.Fatalf("character %d may be another", i)
			}
			group := (i-start)/6 + 1
			if c < 128 && c != 'U' && c != '*' && !strings.Contains(err.Error(), "group "+strconv.Itoa(group)+" is mistyped") {
				t.Errorf("character %d: the error does not name group %d: %v", i, group, err)
			}
		}
		if i+1 < len(a) && a[i+1] != '-' && a[i] != a[i+1] {
			tried++
			if _, err := join(a[:i]+a[i+1:i+2]+a[i:i+1]+a[i+2:], b); err == nil || !strings.Contains(err.Error(), "group "+strconv.Itoa((i-start)/6+1)+" is mistyped") {
				t.Errorf("characters %d and %d may change places: %v", i, i+1, err)
			}
		}
	}
	if tried < 2000 {
		t.Errorf("only %d mistakes tried", tried)
	}
	for i := 2; i+1 < 2+16; i++ {
		swapped := strings.Split(a, "-")
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		_, err := join(strings.Join(swapped, "-"), b)
		if err == nil || !strings.Contains(err.Error(), "group "+strconv.Itoa(i-1)+" is mistyped") {
			t.Errorf("groups %d and %d may change places: %v", i-1, i, err)
		}
	}
}

func TestHalvesThatDoNotBelongTogether(t *testing.T) {
	a, b := split(t, seal.NewKey())
	k := seal.NewKey()
	a2, b2 := split(t, k)
	a3, b3 := split(t, k)
	for name, pair := range map[string][2]string{
		"one half twice":           {a, a},
		"the other half twice":     {b, b},
		"of two keys":              {a, b2},
		"of two splits":            {a2, b3},
		"of two splits reversed":   {a3, b2},
		"nothing":                  {"", b},
		"words":                    {"correct horse battery staple", b},
		"cut short":                {a[:60], b},
		"too long":                 {a + "-00000", b},
		"far too long":             {strings.Repeat(a, 100), b},
		"the letter changed":       {strings.Replace(a, "-A-", "-B-", 1), b},
		"a letter that is neither": {strings.Replace(a, "-A-", "-Q-", 1), b},
	} {
		_, err := join(pair[0], pair[1])
		if err == nil {
			t.Errorf("%s: a key", name)
			continue
		}
		for _, secret := range strings.Split(a, "-")[2:] {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error shows part of a half: %v", name, err)
			}
		}
	}
}

func FuzzJoin(f *testing.F) {
	a, b := split(f, seal.NewKey())
	f.Add(a)
	f.Add(strings.ToLower(a))
	f.Add("KLARLAGT-A-00000")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := join(text, b)
		if (err == nil) == k.IsZero() {
			t.Errorf("key %v, error %v", k, err)
		}
	})
}
