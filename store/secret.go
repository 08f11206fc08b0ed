package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
)

// A case in secret mode has its keys wrapped to each of its members, and not
// under the tenant's: who has the machine and the master key, and is none of
// them, cannot read it. There is no recovery but another member, of whom the
// recovery key can be one.

// KeyMember is somebody whom keys can be wrapped to.
type KeyMember struct {
	Name   string // lies in the open
	MadeAt time.Time
	public []byte
}

// secretRefusal is the answer to whoever is no member.
const secretRefusal = "refusal.case-secret"

// memberName is what a member may be called: it lies in keys.db and the journal.
var memberName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// AddMember keeps the public half of somebody's key. The private half is theirs.
func (s *Store) AddMember(ctx context.Context, g auth.Grant, name string, public []byte) error {
	if err := s.allow(g, auth.ManageKeys); err != nil {
		return err
	}
	if !memberName.MatchString(name) || name == RecoveryMember {
		return &breach.Refusal{Key: "refusal.member-name"}
	}
	return s.addMember(ctx, g, name, public)
}

func (s *Store) addMember(ctx context.Context, g auth.Grant, name string, public []byte) error {
	err := s.keys.tx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO members (tenant, member, public, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			s.tenant, name, public, g.Asked().Wall.UnixMicro())
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 { // in its place somebody could read on
			return errors.Join(err, &breach.Refusal{Key: "refusal.member-taken"})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep a member's key: %w", err)
	}
	return s.note(ctx, g, "member:"+name)
}

// Members lists whom keys can be wrapped to, by name.
func (s *Store) Members(ctx context.Context, g auth.Grant) ([]KeyMember, error) {
	if err := s.allow(g, auth.ManageKeys, auth.SetSecret); err != nil {
		return nil, err
	}
	return s.keys.members(ctx, `SELECT member, public, made_at FROM members WHERE tenant = $1 ORDER BY member`, s.tenant)
}

// SecretMembers lists who can read the grant's case; nobody where it is not in
// secret mode.
func (s *Store) SecretMembers(ctx context.Context, g auth.Grant) ([]KeyMember, error) {
	if err := s.allow(g, auth.SetSecret); err != nil {
		return nil, err
	}
	return s.keys.secretMembers(ctx, s.tenant, g.Case())
}

func (k *Keys) secretMembers(ctx context.Context, t auth.TenantID, id CaseID) ([]KeyMember, error) {
	return k.members(ctx, `SELECT member, public, made_at FROM members WHERE tenant = $1
		AND member IN (SELECT member FROM secrets WHERE tenant = $1 AND case_id = $2) ORDER BY member`, t, id)
}

func (k *Keys) members(ctx context.Context, query string, args ...any) ([]KeyMember, error) {
	rows, err := k.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", explain(err))
	}
	defer rows.Close()
	var list []KeyMember
	for rows.Next() {
		var m KeyMember
		var at int64
		if err := rows.Scan(&m.Name, &m.public, &at); err != nil {
			return nil, fmt.Errorf("list members: %w", err)
		}
		m.MadeAt = time.UnixMicro(at).UTC()
		list = append(list, m)
	}
	return list, explain(rows.Err())
}

// SetSecret lets exactly these members read the grant's case from now on: under
// a new key, which nobody else has had, and under which everything is sealed anew.
// Where it is stopped in that, a member goes on with [Store.Reseal]. No members
// end the mode. It calls tell, if there is one, as it goes on.
func (s *Store) SetSecret(ctx context.Context, g auth.Grant, names []string, now time.Time, tell func(Resealed)) error {
	if err := s.allow(g, auth.SetSecret); err != nil {
		return err
	}
	k, err := s.keysOf(ctx, g.Case())
	if err != nil {
		return err
	}
	members, err := s.pick(ctx, names)
	if err != nil {
		return err
	}
	lock, err := s.lock(ctx, k, "keys secret", now)
	if err != nil {
		return err
	}
	defer lock.Close()
	ring, err := k.next()
	if err != nil {
		return err
	}
	if len(members) == 0 {
		if err := s.keys.keepCase(ctx, s.tenant, s.tenantKey, g.Case(), ring); err != nil {
			return err
		}
	}
	if err := s.keys.keepSecret(ctx, s.tenant, g.Case(), ring, members); err != nil {
		return err
	}
	s.forget(g.Case()) // whoever does this may be none of the members
	if err := s.note(ctx, g, fmt.Sprintf("secret:%s,generation=%d", strings.Join(names, ","), ring.Newest())); err != nil {
		return err
	}
	if k, err = newCaseKeys(s.tenant, g.Case(), ring); err == nil {
		_, err = s.resealAll(ctx, g, k, tell)
	}
	return err
}

// next is the keys of a case and one more.
func (k *caseKeys) next() (seal.Ring, error) {
	ring := seal.Ring{}
	for g, key := range k.ring {
		ring[g] = key
	}
	newest := ring.Newest()
	if newest+1 == 0 {
		return nil, fmt.Errorf("case %s: it has had 255 keys", k.id)
	}
	ring[newest+1] = seal.NewKey()
	return ring, nil
}

func (s *Store) pick(ctx context.Context, names []string) ([]KeyMember, error) {
	all, err := s.keys.members(ctx, `SELECT member, public, made_at FROM members WHERE tenant = $1 ORDER BY member`, s.tenant)
	if err != nil {
		return nil, err
	}
	var picked []KeyMember
	for _, name := range names {
		i := slices.IndexFunc(all, func(m KeyMember) bool { return m.Name == name })
		if i < 0 {
			return nil, &breach.Refusal{Key: "refusal.no-such-member", Args: map[string]any{"Name": name}}
		}
		picked = append(picked, all[i])
	}
	return picked, nil
}

// keepSecret wraps all keys of a case to its members, and takes away every other
// wrap of them, the tenant's too: with no members, all but the tenant's.
func (k *Keys) keepSecret(ctx context.Context, t auth.TenantID, id CaseID, ring seal.Ring, members []KeyMember) error {
	err := k.overwriting(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM secrets WHERE tenant = $1 AND case_id = $2`, t, id)
		if err == nil && len(members) > 0 {
			_, err = tx.ExecContext(ctx, `DELETE FROM wraps WHERE tenant = $1 AND case_id = $2`, t, id)
		}
		for _, m := range members {
			for generation, key := range ring {
				var wrap []byte
				if err == nil {
					wrap, err = seal.WrapTo(m.public, secretWrap(t, id, m.Name, generation), key)
				}
				if err == nil {
					_, err = tx.ExecContext(ctx, `INSERT INTO secrets (tenant, case_id, generation, member, wrap) VALUES ($1, $2, $3, $4, $5)`, t, id, generation, m.Name, wrap)
				}
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keep the case's key: %w", err)
	}
	return nil
}

func secretWrap(t auth.TenantID, id CaseID, member string, g seal.Generation) seal.Where {
	return seal.Where{Tenant: string(t), Case: string(id), Table: "case key", Row: member, Version: uint64(g)}
}

// secretRing opens the keys of a case in secret mode as one of its members.
func (k *Keys) secretRing(ctx context.Context, t auth.TenantID, id CaseID) (seal.Ring, error) {
	members, err := k.secretMembers(ctx, t, id)
	if err != nil {
		return nil, err
	}
	if len(members) == 0 {
		return nil, &breach.Refusal{Key: "refusal.case-key-lost", Args: map[string]any{"Case": string(id), "Path": k.path}}
	}
	others := &breach.Refusal{Key: secretRefusal, Args: map[string]any{"Case": string(id)}}
	if k.member.IsZero() {
		return nil, others
	}
	public, err := seal.Public(k.member)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(members, func(m KeyMember) bool { return bytes.Equal(m.public, public) })
	if i < 0 {
		return nil, others
	}
	name := members[i].Name
	return k.ring(ctx, func(g seal.Generation, wrap []byte) (seal.Key, error) {
		return seal.UnwrapAs(k.member, secretWrap(t, id, name, g), wrap)
	},
		`SELECT generation, wrap FROM secrets WHERE tenant = $1 AND case_id = $2 AND member = $3`, t, id, name)
}

// adoptSecrets takes over members and what is wrapped to them, as it is: nobody
// has to be able to read it.
func (k *Keys) adoptSecrets(ctx context.Context, from *Keys, t auth.TenantID) error {
	for _, table := range []string{"members", "secrets"} {
		var columns []string
		var all [][]any
		err := from.tx(ctx, func(tx *sql.Tx) error {
			// #nosec G202 -- texts of ours alone; values go as arguments
			return eachOf(ctx, tx, `SELECT * FROM `+table+` WHERE tenant = $1`, []any{t}, func(names []string, row []any) error {
				columns, all = names, append(all, slices.Clone(row))
				return nil
			})
		})
		if err == nil {
			err = k.tx(ctx, func(tx *sql.Tx) error {
				b := batch{tx: tx, table: table}
				for _, row := range all {
					if err := b.add(ctx, columns, row); err != nil {
						return err
					}
				}
				return b.flush(ctx)
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// secretStates lists the cases in secret mode. Whether they open, only their
// members know.
func (k *Keys) secretStates(ctx context.Context, tx *sql.Tx, all *KeyStates) error {
	return eachOf(ctx, tx, `SELECT tenant, case_id, COUNT(DISTINCT generation), COUNT(DISTINCT member) FROM secrets GROUP BY tenant, case_id ORDER BY tenant, case_id`, nil,
		func(_ []string, row []any) error {
			all.Keys = append(all.Keys, KeyState{Tenant: auth.TenantID(fmt.Sprint(row[0])), Case: CaseID(fmt.Sprint(row[1])),
				Generations: int(row[2].(int64)), Members: int(row[3].(int64))})
			return nil
		})
}
