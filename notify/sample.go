package notify

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/klarlagt/klarlagt/breach"
)

// Sample is a notice that the approver has to look at, and why it was chosen:
// "longest", "longest-name", "left-out", "language:sv", "letter:guardian",
// "channel:envelope", "random:1". The author has no say in it.
type Sample struct {
	Subject, Reader breach.PersonID
	Why             []string
}

// randomSamples is how many are drawn from all by chance alone.
const randomSamples = 5

// samples keeps the best notice for each why.
type samples map[string]candidate

// candidate wins by size, and among equals by rank.
type candidate struct {
	size            int
	rank            uint64
	subject, reader breach.PersonID
}

func (s samples) consider(n breach.Notice, left int, rank uint64) {
	c := candidate{rank: rank, subject: n.Subject, reader: n.Reader}
	length := len(n.Bytes)
	for _, p := range n.Parts {
		s.offer("language:"+p.Language, c)
		length += len(p.Text)
	}
	s.offer("letter:"+n.Letter, c)
	s.offer("channel:"+string(n.Channel), c)
	s.draw(c)
	c.size = length
	s.offer("longest", c)
	c.size = len(n.To.Name.Reveal())
	s.offer("longest-name", c)
	if c.size = left; left > 0 {
		s.offer("left-out", c)
	}
}

func (s samples) offer(why string, c candidate) {
	if best, taken := s[why]; !taken || better(c, best) {
		s[why] = c
	}
}

func better(a, b candidate) bool {
	return a.size > b.size || a.size == b.size && a.rank < b.rank
}

// draw keeps the notices of the lowest ranks, which is to draw without bias:
// one that is pushed out goes on to the next place.
func (s samples) draw(c candidate) {
	for i := range randomSamples {
		why := randomNames[i]
		best, taken := s[why]
		if !taken {
			s[why] = c
			return
		}
		if better(c, best) {
			s[why], c = c, best
		}
	}
}

var randomNames = func() (names [randomSamples]string) {
	for i := range names {
		names[i] = fmt.Sprintf("random:%d", i+1)
	}
	return names
}()

// list gives each chosen notice once, in the order of subject and reader.
func (s samples) list() []Sample {
	chosen := map[[2]breach.PersonID][]string{}
	for _, why := range slices.Sorted(maps.Keys(s)) {
		c := s[why]
		key := [2]breach.PersonID{c.subject, c.reader}
		chosen[key] = append(chosen[key], why)
	}
	list := make([]Sample, 0, len(chosen))
	for key, why := range chosen {
		list = append(list, Sample{key[0], key[1], why})
	}
	slices.SortFunc(list, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Reader, b.Reader))
	})
	return list
}
