package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
)

// What grants open of notices.
var (
	toTell  = []auth.Action{auth.ReleaseWave, auth.SendNotice}
	toCheck = append([]auth.Action{auth.ReadNotices, auth.WriteNotice, auth.FreezeNotice, auth.HaltNotice, auth.LiftHalt, auth.SettleNotice, auth.ProveNotice,
		auth.AnswerUnaffected, auth.Propose, auth.Approve}, toTell...)
)

// NoticeState is how far a version of a notice has come.
type NoticeState string

// The states.
const (
	NoticeDraft    NoticeState = "draft"
	NoticeFrozen   NoticeState = "frozen"   // every byte is made, and none changes any more
	NoticeApproved NoticeState = "approved" // by two others: waves may be released
)

// NoticeVersion is one version of a notice.
type NoticeVersion struct {
	ID      breach.NoticeID
	Version int64
	State   NoticeState
	Halted  string // why nothing goes out; "" while it may
	Wave    int64  // the last that was released
	Data    []byte // what was written and decided, as casework has it

	revision int64
}

// ErrMoved means that somebody else has changed what was to be changed.
var ErrMoved = errors.New("it has changed meanwhile")

// NewNotice keeps a first draft: of a new notice where the id is "", else of its
// next version.
func (s *Store) NewNotice(ctx context.Context, g auth.Grant, id breach.NoticeID, data []byte) (n NoticeVersion, err error) {
	k, err := s.under(ctx, g, auth.WriteNotice)
	if err != nil {
		return n, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if id == "" {
			var notices int64
			if err := tx.QueryRowContext(ctx, `SELECT COUNT(DISTINCT notice) FROM notices WHERE case_id = $1`, k.id).Scan(&notices); err != nil {
				return err
			}
			id = breach.NoticeID(fmt.Sprintf("n%d", notices+1))
		}
		n = NoticeVersion{ID: id, State: NoticeDraft, Data: data, revision: 1}
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM notices WHERE case_id = $1 AND notice = $2`, k.id, id).Scan(&n.Version)
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO notices (case_id, notice, version, state, halted, wave, revision, data) VALUES ($1, $2, $3, $4, '', 0, 1, $5)`,
				k.id, id, n.Version, n.State, k.seal(noticeAt(n), data))
		}
		if err == nil {
			err = s.done(ctx, tx, g, k, g.Asked(), n.name()+",written")
		}
		return err
	})
	if err != nil {
		return n, fmt.Errorf("write notice: %w", err)
	}
	return n, nil
}

func (n NoticeVersion) name() string { return fmt.Sprintf("notice:%s.%d", n.ID, n.Version) }

func noticeAt(n NoticeVersion) cell {
	return cell{table: "notices", row: rowKey(n.ID, n.Version), version: n.revision}
}

// ChangeNotice keeps a draft in other words. What is frozen does not change.
func (s *Store) ChangeNotice(ctx context.Context, g auth.Grant, n NoticeVersion, data []byte) (NoticeVersion, error) {
	return s.change(ctx, g, n, "written", []auth.Action{auth.WriteNotice}, []NoticeState{NoticeDraft}, func(n *NoticeVersion) { n.Data = data })
}

// NoteRehearsal keeps what came of a rehearsal beside what was frozen.
func (s *Store) NoteRehearsal(ctx context.Context, g auth.Grant, n NoticeVersion, data []byte) (NoticeVersion, error) {
	return s.change(ctx, g, n, "rehearsed", []auth.Action{auth.FreezeNotice}, []NoticeState{NoticeFrozen}, func(n *NoticeVersion) { n.Data = data })
}

// Halt stops a version before the next message, for a reason that is one word
// of ours. It may be halted already.
func (s *Store) Halt(ctx context.Context, g auth.Grant, n NoticeVersion, why string) (NoticeVersion, error) {
	return s.change(ctx, g, n, "halted="+idOf(why), append([]auth.Action{auth.HaltNotice}, toTell...), nil, func(n *NoticeVersion) { n.Halted = idOf(why) })
}

// LiftHalt lets a version go on: what halted it does not halt it again by
// itself. Two others have agreed, as in ApproveNotice.
func (s *Store) LiftHalt(ctx context.Context, g auth.Grant, n NoticeVersion, approval string, payload []byte) (NoticeVersion, error) {
	if err := s.agreed(ctx, g, auth.LiftHalt, approval, payload); err != nil {
		return n, err
	}
	return s.change(ctx, g, n, "lifted", []auth.Action{auth.LiftHalt}, nil, func(n *NoticeVersion) { n.Halted = "" })
}

// ApproveNotice notes that a frozen version was approved. The approval has been
// used for exactly this payload, and two others agreed to it: that holds at the
// console too, where grants ask for nobody else.
func (s *Store) ApproveNotice(ctx context.Context, g auth.Grant, n NoticeVersion, approval string, payload, data []byte) (NoticeVersion, error) {
	if err := s.agreed(ctx, g, auth.SendNotice, approval, payload); err != nil {
		return n, err
	}
	return s.change(ctx, g, n, "approved", []auth.Action{auth.SendNotice}, []NoticeState{NoticeFrozen}, func(n *NoticeVersion) { n.State, n.Data = NoticeApproved, data })
}

// agreed holds an approval that was used against what it was used for.
func (s *Store) agreed(ctx context.Context, g auth.Grant, action auth.Action, approval string, payload []byte) error {
	if err := s.allow(g, action); err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		a, there, err := ledger{s: s, tx: tx}.Approval(ctx, approval)
		if err != nil {
			return err
		}
		if !there || a.Case != g.Case() || a.Action != action || a.State != auth.Executed || a.Author != g.Who() || len(a.Agreed) < auth.Needed || a.Payload != sha256.Sum256(payload) {
			return fmt.Errorf("%w: two others have not agreed to exactly this", auth.ErrNoGrant)
		}
		return nil
	})
}

// change changes a version by compare-and-set. The newest revision counts where
// none was read: a halt does not wait.
func (s *Store) change(ctx context.Context, g auth.Grant, n NoticeVersion, what string, actions []auth.Action, from []NoticeState, f func(*NoticeVersion)) (NoticeVersion, error) {
	k, err := s.under(ctx, g, actions...)
	if err != nil {
		return n, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		now, err := noticeIn(ctx, tx, k, n.ID, n.Version)
		if err != nil {
			return err
		}
		legal := len(from) == 0
		for _, state := range from {
			legal = legal || now.State == state
		}
		if !legal || len(from) > 0 && now.revision != n.revision {
			return ErrMoved
		}
		f(&now)
		now.revision++
		_, err = tx.ExecContext(ctx, `UPDATE notices SET state = $1, halted = $2, revision = $3, data = $4 WHERE case_id = $5 AND notice = $6 AND version = $7`,
			now.State, now.Halted, now.revision, k.seal(noticeAt(now), now.Data), k.id, now.ID, now.Version)
		n = now
		if err == nil {
			err = s.done(ctx, tx, g, k, g.Asked(), n.name()+","+what)
		}
		return err
	})
	if err != nil {
		return n, fmt.Errorf("change notice: %w", err)
	}
	return n, nil
}

const noticeColumns = `notice, version, state, halted, wave, revision, data`

func noticeIn(ctx context.Context, q rower, k *caseKeys, id breach.NoticeID, version int64) (NoticeVersion, error) {
	n, err := scanNotice(q.QueryRowContext(ctx, `SELECT `+noticeColumns+` FROM notices WHERE case_id = $1 AND notice = $2 AND version = $3`, k.id, id, version), k)
	if errors.Is(err, sql.ErrNoRows) {
		return n, &breach.Refusal{Key: "refusal.no-such-notice", Args: map[string]any{"Notice": fmt.Sprintf("%s.%d", id, version)}}
	}
	return n, err
}

func scanNotice(row interface{ Scan(...any) error }, k *caseKeys) (n NoticeVersion, err error) {
	var data []byte
	if err = row.Scan(&n.ID, &n.Version, &n.State, &n.Halted, &n.Wave, &n.revision, &data); err == nil {
		n.Data, err = k.open(noticeAt(n), data)
	}
	return n, err
}

// Notices lists all versions of all notices of the case, in their order.
func (s *Store) Notices(ctx context.Context, g auth.Grant) ([]NoticeVersion, error) {
	k, err := s.under(ctx, g, toCheck...)
	if err != nil {
		return nil, err
	}
	var list []NoticeVersion
	err = s.each(ctx, `SELECT `+noticeColumns+` FROM notices WHERE case_id = $1 ORDER BY notice, version`, []any{k.id}, func(rows *sql.Rows) error {
		n, err := scanNotice(rows, k)
		list = append(list, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	return list, nil
}

// Notice finds a version.
func (s *Store) Notice(ctx context.Context, g auth.Grant, id breach.NoticeID, version int64) (NoticeVersion, error) {
	k, err := s.under(ctx, g, toCheck...)
	if err != nil {
		return NoticeVersion{}, err
	}
	return noticeIn(ctx, s.db, k, id, version)
}

// Dispatch is one notice to one reader, and how far it has come.
type Dispatch struct {
	Seq     int64 // in the frozen order, from 1
	Ref     string
	Wave    int64 // in which a machine hands it over; 0 for none
	State   breach.DeliveryState
	Attempt int64
	Due     time.Time
	Reason  string // why this way, see notify.Reason
	Notice  breach.Notice
}

// blindRef is the index of what a message is named by.
const blindRef = "dispatches.ref"

// refOf names a dispatch to the world: 32 digits that say nothing to who has no
// key, and are the same whenever they are made.
func refOf(k *caseKeys, n breach.Notice) string {
	of := k.look(blindRef, string(n.ID)+"/"+strconv.Itoa(n.Version)+"/"+string(n.Subject)+"/"+string(n.Reader))
	return hex.EncodeToString(of[:16])
}

// Refs gives what names the dispatch that a notice will have.
func (s *Store) Refs(ctx context.Context, g auth.Grant) (func(breach.Notice) string, error) {
	k, err := s.under(ctx, g, auth.FreezeNotice, auth.ProveNotice)
	if err != nil {
		return nil, err
	}
	return func(n breach.Notice) string { return refOf(k, n) }, nil
}

func letterAt(n NoticeVersion, seq int64) cell {
	return cell{table: "letters", row: rowKey(n.ID, n.Version, seq)}
}

// NoticeKey is what the codes in letters are made with.
func (s *Store) NoticeKey(ctx context.Context, g auth.Grant) ([]byte, error) {
	k, err := s.under(ctx, g, auth.FreezeNotice, auth.ProveNotice, auth.AnswerUnaffected)
	if err != nil {
		return nil, err
	}
	return k.look("notices.code", "key"), nil
}
