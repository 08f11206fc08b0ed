package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// column reads a column of bytes by its rows.
func column(t *testing.T, db *sql.DB, table, name string) (list []forgery) {
	t.Helper()
	rows, err := db.Query(fmt.Sprintf(`SELECT rowid, %s FROM %s ORDER BY rowid`, name, table))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		f := forgery{table: table, column: name}
		if err := rows.Scan(&f.row, &f.value); err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

// forgeries are values for the place of one: with a bit turned in each byte but
// those at the beginning that say which key it is under, another row's, cut
// short, longer, empty.
func forgeries(list []forgery, at int) [][]byte {
	own := list[at].value
	all := [][]byte{own[:len(own)-1], append(bytes.Clone(own), 0), {}}
	if len(list) > 1 {
		all = append(all, list[(at+1)%len(list)].value)
	}
	for n := 1; n < len(own); n++ {
		turned := bytes.Clone(own)
		turned[n] ^= 1 << (n % 8)
		all = append(all, turned)
	}
	return all
}

// refusedEach puts every forgery in its place, and wants each to be refused.
func refusedEach(t *testing.T, db *sql.DB, list []forgery, refused func(error) bool, open func() error) (tried int) {
	t.Helper()
	for at, f := range list {
		set := func(value []byte) {
			if _, err := db.Exec(fmt.Sprintf(`UPDATE %s SET %s = $1 WHERE rowid = $2`, f.table, f.column), value, f.row); err != nil {
				t.Fatal(err)
			}
		}
		for n, value := range forgeries(list, at) {
			set(value)
			if err := open(); err == nil || !refused(err) {
				t.Errorf("%s.%s, row %d, forgery %d: got %v", f.table, f.column, f.row, n, err)
			}
			tried++
		}
		set(f.value)
	}
	if err := open(); err != nil {
		t.Errorf("%s.%s as it was: %v", list[0].table, list[0].column, err)
	}
	return tried
}

// TestForgedKeysOpenNothing forges every wrap of keys.db.
func TestForgedKeysOpenNothing(t *testing.T) {
	c := lite(t)
	s := opened(t, c)
	first, err := s.OpenCase(t.Context(), console(), "a case", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.OpenCase(t.Context(), console(), "another", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	db := file(t, filepath.Join(c.Dir, "keys.db"))
	open := func() error {
		k, err := store.OpenKeys(t.Context(), c.Dir, c.Key, "a test")
		if err != nil {
			return err
		}
		defer k.Close()
		tenant, err := k.Tenant(t.Context(), store.Local, false)
		if err != nil {
			return err
		}
		_, err = k.Case(t.Context(), store.Local, tenant, first.ID)
		_, other := k.Case(t.Context(), store.Local, tenant, second.ID)
		return errors.Join(err, other)
	}
	refused := func(err error) bool {
		return errors.Is(err, seal.ErrForged) && (refusalOf(err) == "refusal.wrong-key" || strings.Contains(err.Error(), "case key"))
	}
	list := column(t, db, "wraps", "wrap")
	if len(list) != 3 {
		t.Fatalf("%d wraps", len(list))
	}
	tried := refusedEach(t, db, list, refused, open)
	t.Logf("forged keys: %d wraps, tried: %d, refused: %d", len(list), tried, tried)
}

// programs gives somebody two API tokens, with the first of which two acts were
// done. The session is the first token's.
func programs(t *testing.T, c *store.Control, u store.User) auth.Session {
	t.Helper()
	var mine auth.Session
	for range 2 {
		s, _ := auth.Begin(u.User, u.Tenant, auth.Roles(), nil, auth.OwnNetwork, moment(0))
		g, err := auth.Check(t.Context(), diary{}, s, auth.Ask{Action: auth.OwnSignIn, Now: moment(0)})
		if err != nil {
			t.Fatal(err)
		}
		made, secret, err := auth.NewAPIToken(g, breach.Hide("a program"), []auth.Action{auth.ListCases}, time.Hour, clock)
		if err == nil {
			err = c.AddAPIToken(t.Context(), g, made, secret.Hash())
		}
		if err != nil {
			t.Fatal(err)
		}
		if mine, _, err = c.APISession(t.Context(), secret.Hash(), auth.OwnNetwork, moment(0)); err != nil {
			t.Fatal(err)
		}
	}
	for i, key := range []string{"a key", "another"} {
		if _, err := c.BeginAPIAct(t.Context(), mine, key, [32]byte{byte(i + 1)}, clock); err != nil {
			t.Fatal(err)
		}
		if err := c.EndAPIAct(t.Context(), mine, key, []byte(key)); err != nil {
			t.Fatal(err)
		}
	}
	return mine
}

// forged reports whether an error says that what lies in one place was forged.
func forged(place string) func(error) bool {
	return func(err error) bool { return errors.Is(err, seal.ErrForged) && strings.Contains(err.Error(), place) }
}

// TestForgedTokensAreRefused forges what the control database has sealed for
// programs: tokens, and the answers to their acts.
func TestForgedTokensAreRefused(t *testing.T) {
	dir := t.TempDir()
	c := reopened(t, store.ControlConfig{Dir: dir, Master: seal.NewKey()})
	mine := programs(t, c, first(t, c, "town", "anna"))
	db := file(t, filepath.Join(dir, "control.db"))
	tried := refusedEach(t, db, column(t, db, "api_tokens", "token"), forged("api_tokens"), func() error {
		_, err := c.APITokens(t.Context(), mine)
		return err
	})
	tried += refusedEach(t, db, column(t, db, "api_acts", "answer"), func(err error) bool {
		return forged("api_acts")(err) || errors.Is(err, store.ErrKeyTaken) // an empty answer is none
	}, func() error {
		_, err := c.BeginAPIAct(t.Context(), mine, "a key", [32]byte{1}, clock)
		_, other := c.BeginAPIAct(t.Context(), mine, "another", [32]byte{2}, clock)
		return errors.Join(err, other)
	})
	t.Logf("forged tokens: tried: %d, refused: %d", tried, tried)
}

// TestForgedAccountsAreRefused forges what the control database has sealed:
// accounts, an older state of one, what a browser is in the middle of, its key.
func TestForgedAccountsAreRefused(t *testing.T) {
	dir := t.TempDir()
	conf := store.ControlConfig{Dir: dir, Master: seal.NewKey()}
	c := reopened(t, conf)
	u := first(t, c, "town", "anna")
	first(t, c, "village", "bo")
	secret, err := c.BeginFlow(t.Context(), "test", "somewhere", moment(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.BeginFlow(t.Context(), "test", "elsewhere", moment(0)); err != nil {
		t.Fatal(err)
	}
	programs(t, c, u)
	db := file(t, filepath.Join(dir, "control.db"))
	sealed := map[string]bool{"users.account": true, "flows.data": true, "control_keys.wrap": true, "api_tokens.token": true, "api_acts.answer": true}
	plain := map[string]bool{"users.name": true, "handles.handle": true, "sessions.hash": true, "tries.subject": true, "flows.id": true, // keyed hashes, and hashes of what is random
		"api_tokens.hash": true, "api_acts.ask": true, "api_acts.request": true}
	for _, col := range sealedColumns(t, db) {
		if name := col[0] + "." + col[1]; !sealed[name] && !plain[name] {
			t.Errorf("%s: a column of bytes that this test does not know", name)
		}
	}
	accounts := column(t, db, "users", "account")
	tried := refusedEach(t, db, accounts, forged("users.account row"), func() error {
		_, _, err := c.UserNamed(t.Context(), "anna")
		_, _, other := c.UserNamed(t.Context(), "bo")
		return errors.Join(err, other)
	})
	tried += refusedEach(t, db, column(t, db, "flows", "data")[:1], forged("flows"), func() error {
		var into string
		_, err := c.Flow(t.Context(), "test", secret.Reveal(), &into, moment(time.Second), false)
		return err
	})
	tried += refusedEach(t, db, column(t, db, "control_keys", "wrap"), forged("control_keys"), func() error {
		again, err := store.OpenControl(t.Context(), conf)
		if err == nil {
			_ = again.Close()
		}
		return err
	})
	u, _, err = c.UserNamed(t.Context(), "anna")
	if err != nil {
		t.Fatal(err)
	}
	u.Password = auth.PasswordHash("$argon2id$another")
	if err := c.SaveSignIn(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE users SET account = $1 WHERE rowid = $2`, accounts[0].value, accounts[0].row); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.UserNamed(t.Context(), "anna"); err == nil || !forged("users.account row")(err) {
		t.Errorf("an older account put back: %v", err)
	}
	tried++
	t.Logf("forged accounts: tried: %d, refused: %d", tried, tried)
}
