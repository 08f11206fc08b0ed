package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/casework"
	"github.com/klarlagt/klarlagt/engine"
)

func extractCommand(a *app) *cobra.Command {
	var passwords string
	c := &cobra.Command{
		Use: "extract FILE…", GroupID: "other", Args: cobra.MinimumNArgs(1),
		Short: a.t("cmd.extract.short"), Long: a.t("cmd.extract.long"), Example: indent(a.t("cmd.extract.example")),
		RunE: func(c *cobra.Command, args []string) (err error) {
			var o casework.TextOptions
			if o.Passwords, err = readPasswords(passwords); err != nil {
				return err
			}
			if err := a.open(c.Context()); err != nil {
				return err
			}
			x := &extraction{app: a, names: map[int]string{}, whole: bufio.NewWriterSize(a.out, 64<<10)}
			a.out = x.whole
			if err := errors.Join(a.desk.Text(c.Context(), args, o, x.row), x.whole.Flush()); err != nil {
				return err
			}
			if x.gaps {
				return errGaps
			}
			return nil
		},
	}
	c.Flags().StringVar(&passwords, "passwords", "", a.t("cmd.scan.flag.passwords"))
	return c
}

// extraction prints what a reader finds in files.
type extraction struct {
	*app
	whole *bufio.Writer  // of a file's results: small ones cost more to write than to read
	names map[int]string // of the items of the file under way, as they are printed
	gaps  bool
}

// row prints a row of a file.
func (x *extraction) row(file string, row engine.Row) error {
	switch r := row.(type) {
	case *engine.Item:
		if r.Ordinal == 0 {
			clear(x.names)
			x.names[0] = printable(file)
		} else {
			x.names[r.Ordinal] = x.names[r.Parent] + "!/" + printable(r.Name.Reveal())
		}
	case *engine.Passage:
		return x.passage(r)
	case *engine.Close:
		defer delete(x.names, r.Ordinal)
		return x.close(r)
	case *engine.End:
		if err := x.whole.Flush(); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		if r.Again {
			clear(x.names)
			x.say("cmd.extract.again")
		}
	}
	return nil
}

func (x *extraction) passage(r *engine.Passage) error {
	name := x.names[r.Ordinal]
	if x.json {
		return x.printJSONLine(map[string]any{"type": "passage", "item": name, "place": printable(r.Place.Follow("en")), "text": string(r.Text)})
	}
	_, err := fmt.Fprintf(x.out, "%s %s\n%s\n\n", x.outStyle().bold(name), printable(r.Place.Follow(x.lang)), printable(string(bytes.TrimRight(r.Text, "\n"))))
	return err
}

func (x *extraction) close(r *engine.Close) error {
	x.gaps = x.gaps || r.State.IsGap()
	name := x.names[r.Ordinal]
	if x.json {
		return x.printJSONLine(map[string]any{"type": "item", "item": name, "format": r.Type, "state": r.State, "reason": r.Reason,
			"missing": r.Missing, "text": r.Outcome.Text, "charset": r.Charset, "bytes": r.Size})
	}
	words := []string{x.t("state." + string(r.State))}
	if r.Reason != "" {
		words = append(words, x.t("reason."+string(r.Reason)))
	}
	if r.Missing != "" {
		words = append(words, r.Missing)
	}
	line := strings.Join(words, ": ")
	if r.State.IsGap() {
		line = x.outStyle().bad(line)
	}
	_, err := fmt.Fprintf(x.out, "== %s %s: %s\n", name, r.Type, line)
	return err
}

// printable makes of text from evidence what no terminal takes for a command.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= ' ' && c <= '~' {
			return c
		}
		if unicode.IsControl(c) && c != '\n' && c != '\t' || unicode.Is(unicode.Bidi_Control, c) {
			return unicode.ReplacementChar
		}
		return c
	}, text)
}
