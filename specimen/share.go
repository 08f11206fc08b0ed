package specimen

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klarlagt/klarlagt/breach"
)

// builder makes one sort of document; the weights say how many there are of each.
type builder struct {
	weight  int
	make    func(*town, *dice) paper
	formats []format
}

var builders = []builder{
	{10, classList, tableFormats},
	{4, gradeList, tableFormats},
	{4, beliefList, tableFormats},
	{3, sickList, tableFormats},
	{3, payroll, tableFormats},
	{5, deliveries, tableFormats},
	{1, parking, tableFormats},
	{2, passports, tableFormats},
	{1, protectedList, tableFormats},
	{3, accounts, tableFormats},
	{4, courses, tableFormats},
	{12, supportRequest, proseFormats},
	{9, healthStatement, proseFormats},
	{12, feeDecision, proseFormats},
	{3, welfareReport, proseFormats},
	{5, application, proseFormats},
	{5, absenceNote, proseFormats},
	{3, contactNote, proseFormats},
	{2, mistyped, proseFormats},
	{4, minutes, proseFormats},
	{3, namesake, proseFormats},
	{1, otherSign, proseFormats},
	{5, invoice, proseFormats},
	{3, serverLog, []format{logFormat}},
	{1, mailerLog, []format{logFormat}},
}

// share is a file share in the making.
type share struct {
	*town
	dir  string
	key  Key
	kept []kept // a few files that later ones may be copies of
}

// kept is a file already written.
type kept struct {
	path    string
	content []byte
	plants  []Plant
	format  format
}

// writeShare writes so many files and gives the key.
func (t *town) writeShare(ctx context.Context, dir string, files int, progress func(done, total int)) (Key, error) {
	// #nosec G301 -- made-up files
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Key{}, err
	}
	s := &share{town: t, dir: dir}
	for i := range files {
		if err := ctx.Err(); err != nil {
			return Key{}, err
		}
		if err := s.file(throw(t.seed, 7, uint64(i)), i); err != nil {
			return Key{}, err
		}
		if progress != nil {
			progress(i+1, files)
		}
	}
	return s.key, nil
}

// file makes the i-th file: most are single documents, some hold others, and
// some are what every share has too: copies, wrong names, wrecks.
func (s *share) file(d *dice, i int) error {
	switch n := d.n(100); {
	case n < 68:
		return s.document(d, i)
	case n < 78:
		return s.mail(d, i)
	case n < 80:
		return s.mailbox(d, i)
	case n < 85:
		return s.archive(d, i)
	case n < 89 && len(s.kept) > 0:
		return s.duplicate(d, i)
	case n < 92:
		return s.disguised(d, i)
	case n < 94:
		return s.lockedArchive(d, i)
	default:
		return s.wreck(d, i)
	}
}

// compose throws for a document and writes it in one of its formats.
func (s *share) compose(d *dice) (paper, format, []byte, error) {
	total := 0
	for _, b := range builders {
		total += b.weight
	}
	n := d.n(total)
	for _, b := range builders {
		if n -= b.weight; n < 0 {
			p := b.make(s.town, d)
			f := one(d, b.formats)
			content, err := f.write(d, &p)
			return p, f, content, err
		}
	}
	panic("specimen: the weights do not add up")
}

// fileName is the paper's name with the number of the file.
func (p *paper) fileName(i int, ext string) string { return fmt.Sprintf("%s %d.%s", p.name, i, ext) }

func (s *share) document(d *dice, i int) error {
	p, f, content, err := s.compose(d)
	if err != nil {
		return err
	}
	name := path.Join(p.folder, p.fileName(i, f.ext))
	if len(s.kept) < 64 || d.percent(5) {
		if len(s.kept) == 64 {
			s.kept = s.kept[1:]
		}
		s.kept = append(s.kept, kept{name, content, p.plants, f})
	}
	s.note(name, f, &p, breach.Read, breach.DuplicateOf)
	return s.write(name, content)
}

// write puts a file into the share.
func (s *share) write(name string, content []byte) error {
	full := filepath.Join(s.dir, filepath.FromSlash(name))
	// #nosec G301 -- made-up files
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		return err
	}
	return os.WriteFile(full, content, 0o644) // #nosec G306 -- made-up files
}

// note enters an item of a paper into the key, with the states it may end in.
func (s *share) note(evidence string, f format, p *paper, states ...breach.State) {
	s.item(evidence, f, states...)
	for _, plant := range p.plants {
		plant.Evidence, plant.Format, plant.Plain = evidence, f.name, f.plain
		s.key.Plants = append(s.key.Plants, plant)
	}
	for _, decoy := range p.decoys {
		decoy.Evidence = evidence
		s.key.Decoys = append(s.key.Decoys, decoy)
	}
}

func (s *share) item(evidence string, f format, states ...breach.State) {
	s.key.Items = append(s.key.Items, Item{evidence, f.name, f.plain, states})
}

func (s *share) mail(d *dice, i int) error {
	p := sickMail(s.town, d)
	name := path.Join(p.folder, p.fileName(i, "eml"))
	f := format{name: "eml", plain: true}
	if d.percent(70) {
		content := mailed(d, &p, nil)
		s.note(name, f, &p, breach.Read)
		return s.write(name, content)
	}
	attachment, af, inside, err := s.compose(d)
	if err != nil {
		return err
	}
	m := member{ascii(attachment.fileName(i, af.ext)), inside}
	content := mailed(d, &p, &m)
	s.note(name, f, &p, breach.Read)
	s.note(name+"!/"+m.name, af, &attachment, breach.Read, breach.DuplicateOf)
	return s.write(name, content)
}

func (s *share) mailbox(d *dice, i int) error {
	all := paper{folder: "postilaatikko", name: "arkiv"}
	var messages [][]byte
	for range d.between(3, 15) {
		p := sickMail(s.town, d)
		messages = append(messages, mailed(d, &p, nil))
		all.plants, all.decoys = append(all.plants, p.plants...), append(all.decoys, p.decoys...)
	}
	name := path.Join(all.folder, all.fileName(i, "mbox"))
	s.note(name, format{name: "mbox", plain: true}, &all, breach.Read)
	return s.write(name, mbox(messages))
}

// archive makes a ZIP, a ZIP in a ZIP, or a .tar.gz of documents.
func (s *share) archive(d *dice, i int) error {
	kind := one(d, []string{"zip", "zip", "tar.gz", "nested"})
	name := fmt.Sprintf("arkiv/paket %d.%s", i, strings.Replace(kind, "nested", "zip", 1))
	inside := name
	if kind == "nested" {
		inside += "!/inre.zip"
	}
	var members []member
	for n := range d.between(2, 6) {
		p, f, content, err := s.compose(d)
		if err != nil {
			return err
		}
		m := member{path.Join(path.Base(p.folder), p.fileName(n, f.ext)), content}
		members = append(members, m)
		s.note(inside+"!/"+m.name, f, &p, breach.Read, breach.DuplicateOf)
	}
	s.item(name, format{name: strings.Replace(kind, "nested", "zip", 1), plain: true}, breach.Read, breach.Empty)
	content, err := packed(members...)
	switch {
	case kind == "tar.gz":
		content, err = tarred(members)
	case kind == "nested" && err == nil:
		s.item(inside, format{name: "zip", plain: true}, breach.Read, breach.Empty)
		content, err = packed(member{"inre.zip", content})
	}
	if err != nil {
		return err
	}
	return s.write(name, content)
}

// duplicate copies a file to another place: what it reveals, it reveals there too.
func (s *share) duplicate(d *dice, i int) error {
	k := one(d, s.kept)
	name := fmt.Sprintf("kopior/%d/%s", i, path.Base(k.path))
	s.note(name, k.format, &paper{plants: k.plants}, breach.Read, breach.DuplicateOf)
	return s.write(name, k.content)
}

// disguised gives a document the wrong extension.
func (s *share) disguised(d *dice, i int) error {
	p, f, content, err := s.compose(d)
	if err != nil {
		return err
	}
	f.name, f.plain = f.name+"-disguised", false
	name := path.Join(p.folder, p.fileName(i, one(d, []string{"dat", "bak", "doc", "tmp"})))
	s.note(name, f, &p, breach.Read)
	return s.write(name, content)
}

// lockedArchive is a ZIP with a password: what is in it nobody may report.
func (s *share) lockedArchive(d *dice, i int) error {
	p, f, content, err := s.compose(d)
	if err != nil {
		return err
	}
	p.name = "handling" // a person's name in it would be readable
	m := member{p.fileName(i, f.ext), content}
	name := fmt.Sprintf("arkiv/låst %d.zip", i)
	s.item(name, format{name: "zip-locked"}, breach.Read, breach.Empty, breach.Partly, breach.Encrypted)
	s.item(name+"!/"+m.name, format{name: f.name + "-locked"}, breach.Encrypted)
	content, err = locked(d, m, "sommar24")
	if err != nil {
		return err
	}
	return s.write(name, content)
}

// wreck is a file without text, or one that broke.
func (s *share) wreck(d *dice, i int) error {
	switch d.n(4) {
	case 0:
		name := fmt.Sprintf("övrigt/tom %d.txt", i)
		s.item(name, format{name: "empty"}, breach.Empty, breach.DuplicateOf)
		return s.write(name, nil)
	case 1:
		content, err := picture(d)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("bilder/IMG_%04d.jpg", i)
		s.item(name, format{name: "jpeg"}, breach.OCRPending, breach.NoText, breach.NotReadable, breach.DuplicateOf)
		return s.write(name, content)
	case 2:
		name := fmt.Sprintf("övrigt/data %d.xyz", i)
		s.item(name, format{name: "unknown"}, breach.Unsupported, breach.Partly)
		return s.write(name, unknown(d))
	}
	p := supportRequest(s.town, d)
	content, err := docx(&p)
	if err != nil {
		return err
	}
	for n := range p.plants { // whoever rescues something is not wrong
		p.plants[n].May |= p.plants[n].Kinds
		p.plants[n].Kinds = 0
	}
	name := path.Join(p.folder, p.fileName(i, "docx"))
	s.note(name, format{name: "docx-truncated"}, &p, breach.NotReadable, breach.Partly)
	return s.write(name, content[:len(content)*d.between(30, 80)/100])
}
