package auth

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
)

// commonList is the passwords that people choose most, one a line, in lower
// case: the ten thousand first of the list that zxcvbn ships (LICENSE.common.txt), the
// long ones of the next twenty thousand, and Swedish and Finnish ones of ours.
//
//go:embed common.txt
var commonList string

var common = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.SplitSeq(commonList, "\n") {
		words[word] = word != ""
	}
	return words
})

// leet is what people write in place of letters.
var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// isCommon reports whether a password is one that is tried first: a common one
// as it is or dressed up with digits, signs and capitals, one thing repeated, a
// run of neighbours, or a name that the account says itself.
func isCommon(password string, names ...string) bool {
	low := strings.ToLower(password)
	if repeats(low) || runs(low) {
		return true
	}
	for _, name := range names {
		if name = strings.ToLower(name); len(name) >= 3 {
			low = strings.ReplaceAll(low, name, "")
		}
	}
	for _, form := range []string{low, leet.Replace(low)} {
		if common()[form] || common()[letters(form)] || dressed(form) {
			return true
		}
	}
	return len([]rune(low)) < leastAside
}

// leastAside is how many characters a password has to have beside what anybody
// would guess of it.
const leastAside = 6

// dressed reports whether hardly anything is left of a password when the common
// words at its ends are taken off, with the digits and signs around them.
func dressed(text string) bool {
	for range 4 {
		text = strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
		whole := []rune(text)
		if len(whole) < leastAside {
			return true
		}
		text = withoutCommonEnd(whole)
		if len([]rune(text)) == len(whole) {
			return false
		}
	}
	return len([]rune(text)) < leastAside
}

// withoutCommonEnd takes the longest common word off the front, else off the end.
func withoutCommonEnd(text []rune) string {
	for n := len(text); n >= 4; n-- {
		if common()[string(text[:n])] {
			return string(text[n:])
		}
		if common()[string(text[len(text)-n:])] {
			return string(text[:len(text)-n])
		}
	}
	return string(text)
}

// letters keeps the letters of a text.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, text)
}

// repeats reports whether a text is one piece over and over, or of few
// characters.
func repeats(text string) bool {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	// A piece is over and over when the text lies inside itself twice over, not
	// counting where it begins.
	return len(seen) < 5 || strings.Contains((text + text)[1:2*len(text)-1], text)
}

// rows are what lies side by side: letters, digits, keys.
var rows = [...]string{"abcdefghijklmnopqrstuvwxyzåäö", "01234567890", "qwertyuiopå", "asdfghjklöä", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik"}

// runs reports whether more than half of a text is runs of four neighbours or
// more, forward or backward.
func runs(text string) bool {
	chars := []rune(text)
	covered := 0
	for at := 0; at < len(chars); {
		n := runAt(chars[at:])
		if n >= 4 {
			covered += n
			at += n
			continue
		}
		at++
	}
	return covered*2 > len(chars)
}

// runAt is the length of the longest run that a text begins with.
func runAt(text []rune) int {
	longest := 0
	for n := 4; n <= len(text); n++ {
		piece := string(text[:n])
		back := reversed(text[:n])
		found := false
		for _, row := range rows {
			found = found || strings.Contains(row, piece) || strings.Contains(row, back)
		}
		if !found {
			break
		}
		longest = n
	}
	return longest
}

func reversed(text []rune) string {
	back := make([]rune, len(text))
	for i, r := range text {
		back[len(text)-1-i] = r
	}
	return string(back)
}
