package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/seal"
	"github.com/klarlagt/klarlagt/store"
)

// TestMain lets the test's own program be a process that acts in a data folder
// until it is stopped: with "list" it does every kind of act once, with "load"
// it goes on from three sides, with "send" it hands over what is due.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "act" {
		if err := actIn(os.Args[3], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Where such a process finds its database, if that is not in its data folder.
const (
	actPostgres = "KLARLAGT_ACT_POSTGRES"
	actSchema   = "KLARLAGT_ACT_SCHEMA"
)

// acting is the environment of such a process.
func acting(c store.Config) []string {
	return append(os.Environ(), actPostgres+"="+c.Postgres, actSchema+"="+c.Schema)
}

// masterOfTests is the master key of all tests, fixtures among them.
func masterOfTests() (seal.Key, error) {
	return seal.KeyFrom([]byte("klarlagt tests: nobody's own key"))
}

// actor does acts, and tells on standard output those that it was told are done.
type actor struct {
	s  *store.Store
	id store.CaseID // the case it acts in
}

func actIn(dir, how string) error {
	key, err := masterOfTests()
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Dir: dir, Key: key, KeyFrom: "a test", Postgres: os.Getenv(actPostgres), Schema: os.Getenv(actSchema)})
	if err != nil {
		return err
	}
	defer s.Close()
	a := actor{s: s}
	switch how {
	case "list":
		return a.all(ctx)
	case "send":
		return a.send(ctx)
	}
	if err := a.open(ctx, 0); err != nil {
		return err
	}
	fmt.Println("ready")
	var wait sync.WaitGroup
	failed := make([]error, 3)
	for side := range failed {
		wait.Go(func() { failed[side] = a.goOn(ctx, side) })
	}
	wait.Wait()
	return errors.Join(failed...)
}

// all does every kind of act, and goes on after one that fails: a disk may have
// room again.
func (a *actor) all(ctx context.Context) error {
	err := a.open(ctx, 0)
	if err != nil {
		err = errors.Join(err, a.open(ctx, 1))
	}
	for n, act := range []func(context.Context, int) error{a.register, a.reveal, a.sight, a.content, a.people, a.reveal, a.register, a.summary, a.open} {
		err = errors.Join(err, act(ctx, n+2))
	}
	return err
}

// goOn does acts by chance for as long as the process lives.
func (a actor) goOn(ctx context.Context, side int) error {
	acts := []func(context.Context, int) error{a.reveal, a.reveal, a.reveal, a.register, a.sight, a.content, a.people, a.summary}
	if side == 0 { // the others would wait for one lock
		acts = acts[:3]
		acts = append(acts, a.open)
	}
	for n := range 10_000 {
		if err := acts[rand.N(len(acts))](ctx, 10*n+side); err != nil {
			return err
		}
	}
	return nil
}

func (a *actor) grant(ctx context.Context, action auth.Action, object string) (auth.Grant, error) {
	return a.s.Grant(ctx, console(), auth.Ask{Action: action, Case: a.id, Object: object, Purpose: auth.JudgeMatch, Now: moment(0)})
}

func (a *actor) open(ctx context.Context, n int) error {
	c, err := a.s.OpenCase(ctx, console(), fmt.Sprintf("case %d", n), moment(0))
	if err != nil {
		return err
	}
	fmt.Printf("case %s\n", c.ID)
	if a.id == "" {
		a.id = c.ID
	}
	return nil
}

func (a *actor) reveal(ctx context.Context, n int) error {
	_, err := a.grant(ctx, auth.Reveal, fmt.Sprintf("person:p%d", n))
	if err == nil {
		fmt.Printf("reveal %s person:p%d\n", a.id, n)
	}
	return err
}

func (a *actor) register(ctx context.Context, n int) error {
	g, err := a.grant(ctx, auth.ImportRegister, "")
	if err != nil {
		return err
	}
	name := fmt.Sprintf("register %d", n)
	r := store.Register{Name: name, ImportedAt: clock, Rows: 3}
	_, err = a.s.ImportRegister(ctx, g, &r, false, func(im *store.Import) error {
		for row := range int64(3) {
			if err := im.Entry(entry(name, fmt.Sprintf("P-%d", row), row+2), []byte{byte(n)}); err != nil {
				return err
			}
		}
		return im.Reject(store.Reject{Row: 9, Reason: "cells", Heading: "Namn"})
	})
	if err == nil {
		fmt.Printf("register %s %d\n", a.id, n)
	}
	return err
}

func (a *actor) sight(ctx context.Context, n int) error {
	g, err := a.grant(ctx, auth.ReadPictures, "")
	if err == nil {
		err = a.s.SaveSights(ctx, g, []store.Sight{{SHA256: [32]byte{1}, Page: int64(n), State: breach.Read, Text: []byte("made up"), Tool: "a tool"}})
	}
	if err == nil {
		fmt.Printf("sight %s %d\n", a.id, n)
	}
	return err
}

// content meets a file, reads it and commits what was found: a row for the
// item, one for a member, a part file.
func (a *actor) content(ctx context.Context, n int) error {
	g, err := a.grant(ctx, auth.Scan, "")
	if err != nil {
		return err
	}
	root, err := a.s.Root(ctx, g, fmt.Sprintf("/evidence %d", n))
	if err != nil {
		return err
	}
	walk, err := a.s.BeginWalk(ctx, g, root)
	if err != nil {
		return err
	}
	item := store.Item{Root: root, Path: "a.txt", Position: 1, Size: 5, MTime: 1, Reached: breach.Likely, State: breach.Pending}
	if err := errors.Join(a.s.SeeItems(ctx, g, walk, []store.Item{item}), a.s.EndWalk(ctx, g, root, walk)); err != nil {
		return err
	}
	number := int64(n + 1)
	w, err := a.s.CreateFindings(ctx, g, number)
	if err != nil {
		return err
	}
	if err := errors.Join(w.Mention(number, 0, mention(breach.Email, "somebody@example.com")), w.Commit()); err != nil {
		w.Abandon()
		return err
	}
	sum := sha256.Sum256(fmt.Append(nil, n))
	if err := a.s.SaveMembers(ctx, g, []store.Member{{Content: number, Size: 5, Type: "text", Outcome: breach.Outcome{State: breach.Read}, SHA256: sum[:]}}); err != nil {
		return err
	}
	if err := a.s.CommitContents(ctx, g, "v1", []store.Content{{ID: number, SHA256: sum[:], Part: number, Item: item}}); err != nil {
		return err
	}
	fmt.Printf("content %s %d\n", a.id, number)
	return nil
}

func (a *actor) people(ctx context.Context, n int) error {
	g, err := a.grant(ctx, auth.Resolve, "")
	if err != nil {
		return err
	}
	w, err := a.s.BeginPeople(ctx, g)
	if err != nil {
		return err
	}
	for number := range int64(3) {
		if err == nil {
			err = w.Person(store.Person{Number: number + 1, Stranger: true, Grade: breach.Likely, Probability: 0.9,
				Identifiers: []breach.Finding{{Kind: breach.Email, Form: "email", Value: breach.Hide("stranger@example.com")}}})
		}
	}
	if err == nil {
		err = w.Summary("resolve", n)
	}
	if err != nil {
		w.Abandon()
		return err
	}
	if err := w.Commit(); err != nil {
		return err
	}
	fmt.Printf("people %s %d\n", a.id, n)
	return nil
}

func (a *actor) summary(ctx context.Context, n int) error {
	g, err := a.grant(ctx, auth.Scan, "")
	if err == nil {
		err = a.s.SetSummary(ctx, g, fmt.Sprintf("scan %d", n), n)
	}
	if err == nil {
		fmt.Printf("summary %s %d\n", a.id, n)
	}
	return err
}
