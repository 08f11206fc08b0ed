package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/store"
)

// letterFlags are what the subcommands of notices letters share.
type letterFlags struct {
	dir, batch, form, fold, house string
	duplex                        bool
	sheets, perOuter              int
	posti                         casework.PostiAccount
	list, why                     string
}

func (f *noticeFlags) lettersCommand() *cobra.Command {
	c := f.sub("letters", f.t("cmd.notices-letters.short"), cobra.NoArgs, f.listLetters)
	l := &f.letters
	made := f.sub("make", f.t("cmd.notices-letters-make.short"), cobra.NoArgs, f.makeLetters)
	made.Flags().StringVar(&l.dir, "dir", "", f.t("cmd.notices-letters-make.flag.dir"))
	made.Flags().StringVar(&l.batch, "batch", "", f.t("cmd.notices-letters-make.flag.batch"))
	made.Flags().StringVar(&l.form, "form", string(casework.LetterBundle), f.t("cmd.notices-letters-make.flag.form"))
	made.Flags().StringVar(&l.fold, "fold", "c5", f.t("cmd.notices-letters-make.flag.fold"))
	made.Flags().BoolVar(&l.duplex, "duplex", false, f.t("cmd.notices-letters-make.flag.duplex"))
	made.Flags().IntVar(&l.sheets, "sheets", 0, f.t("cmd.notices-letters-make.flag.sheets"))
	made.Flags().IntVar(&l.perOuter, "per-outer", 0, f.t("cmd.notices-letters-make.flag.per-outer"))
	made.Flags().StringVar(&l.house, "house", "", f.t("cmd.notices-letters-make.flag.house"))
	made.Flags().StringVar(&l.posti.Customer, "posti", "", f.t("cmd.notices-letters-make.flag.posti"))
	made.Flags().StringVar(&l.posti.PasswordFile, "posti-password-file", "", f.t("cmd.notices-letters-make.flag.posti-password-file"))
	made.Flags().StringVar(&l.posti.Contact, "posti-contact", "", f.t("cmd.notices-letters-make.flag.posti-contact"))
	made.Flags().BoolVar(&l.posti.Test, "posti-test", false, f.t("cmd.notices-letters-make.flag.posti-test"))
	_ = made.MarkFlagRequired("dir") // the flag is there
	back := f.sub("returned [CODE...]", f.t("cmd.notices-letters-returned.short"), cobra.ArbitraryArgs, f.returnLetters)
	back.Flags().StringVar(&l.list, "list", "", f.t("cmd.notices-letters-returned.flag.list"))
	back.Flags().StringVar(&l.why, "why", "", f.t("cmd.notices-letters-returned.flag.why"))
	c.AddCommand(made, back,
		f.sub("receipt BATCH FILE", f.t("cmd.notices-letters-receipt.short"), cobra.ExactArgs(2), f.letterReceipt),
		f.sub("posted BATCH", f.t("cmd.notices-letters-posted.short"), cobra.ExactArgs(1), f.postLetters))
	return c
}

// listLetters tells how each batch stands.
func (f *noticeFlags) listLetters(x at, _ []string) error {
	list, err := f.desk.LetterBatches(x.cx, x.c.ID, x.n)
	if err != nil {
		return err
	}
	if len(list) == 0 && !f.json {
		f.say("cmd.notices-letters.none")
	}
	for _, b := range list {
		if f.json {
			err = f.printJSONLine(map[string]any{"batch": b.ID, "form": b.Form, "made": b.Made, "at": b.At, "by": b.By, "sha256": b.SHA256, "pieces": b.Pieces, "missing": b.Missing, "receipts": b.Receipts})
		} else {
			fmt.Fprintf(f.out, "%s  %s  %s\n", b.ID, b.Form, b.At.Local().Format("2006-01-02 15:04"))
			if !b.Made {
				f.say("cmd.notices-letters.open", map[string]any{"Batch": b.ID})
			}
			f.printPieces(b.Pieces)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *noticeFlags) printPieces(counts map[store.PieceState]int64) {
	t := table{headings: []string{f.t("cmd.notices.state"), ">" + f.t("cmd.notices.count")}}
	for _, state := range []store.PieceState{store.PieceMade, store.PiecePrinted, store.PieceSpoilt, store.PieceReturned, store.PiecePosted} {
		if many := counts[state]; many > 0 {
			t.add(f.t("piece."+string(state)), f.app.texts.Number(many))
		}
	}
	if len(t.rows) > 0 {
		f.printTable(t)
	}
}

func (f *noticeFlags) makeLetters(x at, _ []string) error {
	l := &f.letters
	o := casework.LetterOptions{Dir: l.dir, Batch: strings.ToUpper(l.batch), Form: casework.LetterForm(l.form), Duplex: l.duplex, MaxSheets: l.sheets, PerOuter: l.perOuter, House: l.house}
	bad := func(flag, value string) error {
		return &breach.Refusal{Key: "cmd.notices-write.bad-value", Args: map[string]any{"Flag": flag, "Value": value}}
	}
	switch o.Form {
	case casework.LetterFiles, casework.LetterBundle, casework.LetterTable, casework.LetterEnvelopes:
	default:
		return bad("--form", l.form)
	}
	switch l.fold {
	case "c5":
	case "e65":
		o.TwoFolds = true
	default:
		return bad("--fold", l.fold)
	}
	var err error
	if o.Posti, err = l.posti.Open(); err != nil {
		return err
	}
	m, err := f.desk.MakeLetters(x.cx, x.c.ID, x.n, o)
	if err != nil {
		return err
	}
	if f.json {
		return f.printJSON(m)
	}
	fmt.Fprintln(f.out, f.t("cmd.notices-letters-make.done", map[string]any{"Batch": m.Batch, "Count": m.Count, "Sheets": m.Sheets, "Path": l.dir}))
	for _, r := range m.Refused {
		why := r.Refusal()
		fmt.Fprintln(f.out, f.t(why.Key, why.Args))
	}
	return nil
}

func (f *noticeFlags) letterReceipt(x at, args []string) error {
	file, err := os.Open(args[1])
	if err != nil {
		return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": args[1]}, Err: err}
	}
	defer file.Close()
	a, err := f.desk.TakeReceipt(x.cx, x.c.ID, x.n, strings.ToUpper(args[0]), file)
	if err != nil {
		return err
	}
	return f.printAccount(strings.ToUpper(args[0]), a)
}

func (f *noticeFlags) postLetters(x at, args []string) error {
	a, err := f.desk.PostBatch(x.cx, x.c.ID, x.n, strings.ToUpper(args[0]))
	if err != nil {
		return err
	}
	return f.printAccount(strings.ToUpper(args[0]), a)
}

func (f *noticeFlags) returnLetters(x at, codes []string) error {
	if f.letters.list != "" {
		raw, err := os.ReadFile(f.letters.list)
		if err != nil {
			return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": f.letters.list}, Err: err}
		}
		codes = append(codes, strings.Fields(string(raw))...)
	}
	all, err := f.desk.ReturnLetters(x.cx, x.c.ID, x.n, codes, f.letters.why)
	for _, batch := range slices.Sorted(maps.Keys(all)) {
		err = firstError(err, f.printAccount(batch, all[batch]))
	}
	return err
}

// printAccount tells what came of a receipt, what is odd last.
func (f *noticeFlags) printAccount(batch string, a casework.LetterAccount) error {
	if f.json {
		return f.printJSON(map[string]any{"batch": batch, "again": a.Again, "pieces": a.Pieces, "missing": a.Missing, "twice": a.Twice, "unknown": a.Unknown, "conflict": a.Conflict})
	}
	if a.Again {
		f.say("cmd.notices-letters-receipt.again")
	}
	f.printPieces(a.Pieces)
	for _, odd := range []struct {
		key  string
		list []int64
	}{{"cmd.notices-letters-receipt.missing", a.Missing}, {"cmd.notices-letters-receipt.twice", a.Twice},
		{"cmd.notices-letters-receipt.unknown", a.Unknown}, {"cmd.notices-letters-receipt.conflict", a.Conflict}} {
		if len(odd.list) > 0 {
			fmt.Fprintln(f.out, f.t(odd.key, map[string]any{"Numbers": strings.Trim(fmt.Sprint(odd.list), "[]")}))
		}
	}
	return nil
}

// printSheets shows what was printed of one notice.
func (f *noticeFlags) printSheets(sheets []casework.NoticeSheet) {
	for _, s := range sheets {
		fmt.Fprintf(f.out, "  %s  %s  SHA-256 %s\n", s.Code, f.t("piece."+string(s.State)), s.Content)
	}
}

// saveSheets writes the letters again, as they were printed.
func (f *noticeFlags) saveSheets(sheets []casework.NoticeSheet) error {
	for _, s := range sheets {
		if f.letters.dir == "" || !s.Drawn() {
			continue
		}
		path := filepath.Join(f.letters.dir, s.Code+".pdf")
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return &breach.Refusal{Key: "cmd.cannot-write", Args: map[string]any{"Path": path}, Err: err}
		}
		if err := firstError(s.Write(file), file.Close()); err != nil {
			return err
		}
		fmt.Fprintln(f.out, "  "+path)
	}
	return nil
}
