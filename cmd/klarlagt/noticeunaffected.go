package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

// unaffectedFlags say how somebody is answered who is not affected.
type unaffectedFlags struct{ name, language, pdf string }

func (f *noticeFlags) unaffectedCommand() *cobra.Command {
	var o unaffectedFlags
	c := &cobra.Command{Use: "unaffected ENTRY", Args: cobra.ExactArgs(1), Short: f.t("cmd.notices-unaffected.short"), Long: f.t("cmd.notices-unaffected.long"),
		RunE: func(c *cobra.Command, args []string) error { return f.unaffected(c, args[0], o) }}
	c.Flags().StringVar(&o.name, "name", "", f.t("cmd.notices-unaffected.flag.name"))
	c.Flags().StringVar(&o.language, "language", "", f.t("cmd.notices-unaffected.flag.language"))
	c.Flags().StringVar(&o.pdf, "pdf", "", f.t("cmd.notices-unaffected.flag.pdf"))
	return c
}

func (f *noticeFlags) unaffected(c *cobra.Command, who string, o unaffectedFlags) error {
	q := casework.Asked{Entry: who, Name: breach.Hide(o.name), Language: o.language, Notice: breach.NoticeID(f.notice)}
	if who == "-" {
		line, err := bufio.NewReader(io.LimitReader(c.InOrStdin(), 1000)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read standard input: %w", err)
		}
		q.Entry, q.Value = "", breach.Hide(strings.TrimSpace(line))
	}
	theCase, err := f.theCase(c.Context())
	if err != nil {
		return err
	}
	u, err := f.desk.AnswerUnaffected(c.Context(), theCase.ID, q)
	if err != nil {
		return err
	}
	if err := saveAnswer(o.pdf, u); err != nil {
		return err
	}
	return f.showAnswer(u)
}

// saveAnswer writes the letters into a file that is not there yet.
func saveAnswer(path string, u casework.Unaffected) error {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &breach.Refusal{Key: "cmd.cannot-write", Args: map[string]any{"Path": path}, Err: err}
	}
	err = u.Write(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func (f *noticeFlags) showAnswer(u casework.Unaffected) error {
	if f.json {
		var letters []map[string]any
		for _, n := range u.Letters {
			for _, part := range n.Parts {
				letters = append(letters, map[string]any{"reader": n.Reader, "language": part.Language, "title": string(part.Title), "text": string(part.Text)})
			}
		}
		return f.printJSON(map[string]any{"list": u.List.Number, "items": u.Items, "not_read": u.NotRead, "in_register": !u.Outside, "letters": letters})
	}
	for _, n := range u.Letters {
		for _, part := range n.Parts {
			fmt.Fprintf(f.out, "%s\n\n%s\n", part.Title, []byte(part.Text))
		}
	}
	f.say("cmd.notices-unaffected.by", map[string]any{"List": u.List.Number, "Items": u.Items, "NotRead": u.NotRead})
	if u.Outside {
		f.say("cmd.notices-unaffected.outside")
	}
	f.say("cmd.notices-unaffected.hand")
	return nil
}
