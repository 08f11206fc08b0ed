package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"iter"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// encodeDispatch adds to b what is sealed of a dispatch, as one value.
func encodeDispatch(b []byte, d Dispatch) []byte {
	n, to := d.Notice, d.Notice.To
	for _, text := range [...]string{d.Reason, n.Letter, string(n.Channel), to.Name.Reveal(), to.Email.Reveal(), to.NationalID.Reveal(),
		to.Postal.Street.Reveal(), to.Postal.Postcode.Reveal(), to.Postal.Town.Reveal(), to.Country} {
		b = appendPacked(b, text)
	}
	b = appendPacked(appendPacked(b, n.Bytes), n.Hash[:])
	size := 0
	for _, p := range n.Parts {
		size += packedSize(p.Language) + packedSize(p.Title) + packedSize(p.Text)
	}
	b = binary.AppendUvarint(b, uint64(size))
	for _, p := range n.Parts {
		b = appendPacked(appendPacked(appendPacked(b, p.Language), p.Title), p.Text)
	}
	return b
}

// appendPacked adds a value as pack does, and packedSize tells by how many bytes.
func appendPacked[T ~string | ~[]byte](b []byte, v T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

func packedSize[T ~string | ~[]byte](v T) int {
	var size [binary.MaxVarintLen64]byte
	return binary.PutUvarint(size[:], uint64(len(v))) + len(v)
}

func decodeDispatch(data []byte, d *Dispatch) error {
	var reason, letter, channel, name, email, id, street, code, town, country, content, hash, rest []byte
	if err := unpack(data, &reason, &letter, &channel, &name, &email, &id, &street, &code, &town, &country, &content, &hash, &rest); err != nil {
		return err
	}
	var parts []breach.Wording
	for len(rest) > 0 {
		var lang, title, text []byte
		var err error
		if rest, err = unpackSome(rest, &lang, &title, &text); err != nil {
			return err
		}
		parts = append(parts, breach.Wording{Language: string(lang), Title: title, Text: text})
	}
	d.Reason = string(reason)
	n := &d.Notice
	n.Letter, n.Channel, n.Parts = string(letter), breach.Channel(channel), parts
	n.To = breach.Addressee{Name: breach.Hide(string(name)), Email: breach.Hide(string(email)), NationalID: breach.Hide(string(id)), Country: string(country),
		Postal: breach.Postal{Street: breach.Hide(string(street)), Postcode: breach.Hide(string(code)), Town: breach.Hide(string(town))}}
	if len(content) > 0 {
		n.Bytes = content
	}
	if copy(n.Hash[:], hash) != len(n.Hash) {
		return errPacked
	}
	return nil
}

// selectDispatches reads dispatches with what they say; conditions name them d.
const selectDispatches = `SELECT d.seq, d.subject, d.reader, d.ref, d.wave, d.state, d.attempt, d.due, l.data FROM dispatches d
	JOIN letters l ON l.case_id = d.case_id AND l.notice = d.notice AND l.version = d.version AND l.seq = d.seq
	WHERE d.case_id = $1 AND d.notice = $2 AND d.version = $3 AND `

// dispatchReader gives what reads the rows of selectDispatches, of one version.
func (s *Store) dispatchReader(ctx context.Context, k *caseKeys, n NoticeVersion) (func(rows *sql.Rows) (Dispatch, error), error) {
	whole, err := s.wordingOf(ctx, k, n)
	return func(rows *sql.Rows) (d Dispatch, err error) {
		var due int64
		var sealed sql.RawBytes // opened before the next row
		if err = rows.Scan(&d.Seq, &d.Notice.Subject, &d.Notice.Reader, &d.Ref, &d.Wave, &d.State, &d.Attempt, &due, &sealed); err != nil {
			return d, err
		}
		d.Due = time.UnixMicro(due).UTC()
		d.Notice.ID, d.Notice.Version = n.ID, int(n.Version)
		data, err := k.open(letterAt(n, d.Seq), sealed)
		if err == nil {
			data, err = whole(data)
		}
		if err == nil {
			err = decodeDispatch(data, &d)
		}
		return d, err
	}, err
}

// Dispatches yields the dispatches of a version in their order; of one state,
// where it is not "".
func (s *Store) Dispatches(ctx context.Context, g auth.Grant, n NoticeVersion, state breach.DeliveryState) iter.Seq2[Dispatch, error] {
	return func(yield func(Dispatch, error) bool) {
		k, err := s.under(ctx, g, append([]auth.Action{auth.FreezeNotice, auth.SettleNotice, auth.ProveNotice}, toTell...)...)
		var read func(*sql.Rows) (Dispatch, error)
		if err == nil {
			read, err = s.dispatchReader(ctx, k, n)
		}
		const page = 500
		for after := int64(0); err == nil; {
			var list []Dispatch
			err = s.each(ctx, selectDispatches+`d.seq > $4 AND ($5 = '' OR d.state = $5) ORDER BY d.seq LIMIT $6`, []any{k.id, n.ID, n.Version, after, state, page}, func(rows *sql.Rows) error {
				d, err := read(rows)
				list = append(list, d)
				return err
			})
			if err != nil {
				break
			}
			for _, d := range list {
				if !yield(d, nil) {
					return
				}
			}
			if len(list) < page {
				return
			}
			after = list[len(list)-1].Seq
		}
		yield(Dispatch{}, fmt.Errorf("read dispatches: %w", err))
	}
}

// ToldBefore gives how far each reader of each subject has come in the versions of a
// notice before one, by subject and reader: what the next version goes by.
func (s *Store) ToldBefore(ctx context.Context, g auth.Grant, n NoticeVersion, yield func(d Dispatch) error) error {
	if _, err := s.under(ctx, g, auth.FreezeNotice); err != nil {
		return err
	}
	versions, err := s.Notices(ctx, g)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v.ID != n.ID || v.Version >= n.Version {
			continue
		}
		for d, err := range s.Dispatches(ctx, g, v, "") {
			if err == nil {
				err = yield(d)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// NoticeBasis tells what notices are made from: which state of the registers, and
// which finding of people. While it stays the same, so do both.
func (s *Store) NoticeBasis(ctx context.Context, g auth.Grant) (string, error) {
	k, err := s.under(ctx, g, append([]auth.Action{auth.FreezeNotice}, toTell...)...)
	if err != nil {
		return "", err
	}
	links, err := s.linksPart(ctx, k)
	if err != nil {
		return "", err
	}
	basis := fmt.Sprintf("people %d", links)
	err = s.each(ctx, `SELECT number, version FROM registers WHERE case_id = $1 ORDER BY number`, []any{k.id}, func(rows *sql.Rows) error {
		var number, version int64
		err := rows.Scan(&number, &version)
		basis += fmt.Sprintf(", register %d.%d", number, version)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("look at the registers: %w", err)
	}
	return basis, nil
}

// DispatchOf finds the dispatch of a version that the world knows by a name.
func (s *Store) DispatchOf(ctx context.Context, g auth.Grant, n NoticeVersion, ref string) (d Dispatch, there bool, err error) {
	k, err := s.under(ctx, g, auth.SettleNotice)
	if err != nil {
		return d, false, err
	}
	list, err := s.dispatchesWhere(ctx, k, n, `d.ref = $4`, plain(ref))
	if err != nil || len(list) == 0 {
		return d, false, err
	}
	return list[0], true, nil
}

// DispatchesOf finds the dispatches of a version to somebody, or about them.
func (s *Store) DispatchesOf(ctx context.Context, g auth.Grant, n NoticeVersion, person breach.PersonID) ([]Dispatch, error) {
	k, err := s.under(ctx, g, auth.ProveNotice)
	if err != nil {
		return nil, err
	}
	return s.dispatchesWhere(ctx, k, n, `(d.subject = $4 OR d.reader = $4)`, plain(string(person)))
}

func (s *Store) dispatchesWhere(ctx context.Context, k *caseKeys, n NoticeVersion, condition string, arg any) ([]Dispatch, error) {
	var list []Dispatch
	read, err := s.dispatchReader(ctx, k, n)
	if err == nil {
		err = s.each(ctx, selectDispatches+condition+` ORDER BY d.seq`, []any{k.id, n.ID, n.Version, arg}, func(rows *sql.Rows) error {
			d, err := read(rows)
			list = append(list, d)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("find dispatches: %w", err)
	}
	return list, nil
}
