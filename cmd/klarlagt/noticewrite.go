package main

import (
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/casework"
)

func (f *noticeFlags) writeCommand() *cobra.Command {
	d := &f.write
	c := &cobra.Command{Use: "write", Args: cobra.NoArgs, Short: f.t("cmd.notices-write.short"), RunE: func(c *cobra.Command, _ []string) error {
		if err := f.draft(); err != nil {
			return err
		}
		if err := f.app.open(c.Context()); err != nil {
			return err
		}
		theCase, err := f.office.Case(c.Context(), f.caseID)
		if err != nil {
			return err
		}
		d.Date = time.Now().UTC().Truncate(time.Second)
		n, err := f.office.WriteNotice(c.Context(), theCase.ID, breach.NoticeID(f.notice), *d)
		if err != nil {
			return err
		}
		f.say("cmd.notices-write.done", map[string]any{"Notice": string(n.ID)})
		return nil
	}}
	c.Flags().StringArrayVar(&f.texts, "text", nil, f.t("cmd.notices-write.flag.text"))
	c.Flags().StringVar(&f.matter, "matter", "first", f.t("cmd.notices-write.flag.matter"))
	c.Flags().StringVar(&d.Country, "country", "", f.t("cmd.notices-write.flag.country"))
	c.Flags().StringVar(&d.Sender.Name, "name", "", f.t("cmd.notices-write.flag.name"))
	c.Flags().StringVar(&d.Sender.Mail, "from", "", f.t("cmd.notices-write.flag.from"))
	c.Flags().StringVar(&d.Sender.Bounce, "bounce", "", f.t("cmd.notices-write.flag.bounce"))
	c.Flags().StringSliceVar(&f.order, "order", []string{"mailbox", "letter", "email"}, f.t("cmd.notices-write.flag.order"))
	c.Flags().BoolVar(&d.Custody, "custody", false, f.t("cmd.notices-write.flag.custody"))
	c.Flags().StringArrayVar(&d.Staff, "staff", nil, f.t("cmd.notices-write.flag.staff"))
	c.Flags().StringArrayVar(&d.Letterhead, "letterhead", nil, f.t("cmd.notices-write.flag.letterhead"))
	c.Flags().StringVar(&f.contacts, "contacts", "", f.t("cmd.notices-write.flag.contacts"))
	c.Flags().BoolVar(&d.AnyHour, "any-hour", false, f.t("cmd.notices-write.flag.any-hour"))
	c.Flags().IntVar(&d.PerMinute, "per-minute", 0, f.t("cmd.notices-write.flag.per-minute"))
	return c
}

// draft reads what the flags name.
func (f *noticeFlags) draft() error {
	bad := func(flag, value string) error {
		return &breach.Refusal{Key: "cmd.notices-write.bad-value", Args: map[string]any{"Flag": flag, "Value": value}}
	}
	matter, ok := casework.ParseMatter(f.matter)
	if !ok {
		return bad("--matter", f.matter)
	}
	f.write.Matter = matter
	if !strings.Contains("FI AX SE", f.write.Country) || len(f.write.Country) != 2 {
		return bad("--country", f.write.Country)
	}
	if !strings.Contains(f.write.Sender.Mail, "@") {
		return bad("--from", f.write.Sender.Mail)
	}
	for _, channel := range f.order {
		switch c := breach.Channel(channel); c {
		case breach.Mailbox, breach.Paper, breach.Mail:
			f.write.Policy.Order = append(f.write.Policy.Order, c)
		default:
			return bad("--order", channel)
		}
	}
	if f.contacts != "" {
		file, err := os.Open(f.contacts)
		if err != nil {
			return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": f.contacts}, Err: err}
		}
		defer file.Close()
		if f.write.Contacts, err = casework.ParseContacts(file); err != nil {
			return err
		}
	}
	f.write.Texts = map[string]casework.NoticeText{}
	for _, value := range f.texts {
		lang, path, _ := strings.Cut(value, "=")
		raw, err := os.ReadFile(path)
		if err != nil {
			return &breach.Refusal{Key: "cmd.cannot-read", Args: map[string]any{"Path": path}, Err: err}
		}
		text, ok := casework.ParseNoticeText(string(raw))
		if !ok {
			return &breach.Refusal{Key: "cmd.notices-write.bad-text", Args: map[string]any{"Value": value}}
		}
		f.write.Texts[lang] = text
	}
	if len(f.write.Texts) == 0 {
		return &breach.Refusal{Key: "cmd.notices-write.bad-text", Args: map[string]any{"Value": "-"}}
	}
	return nil
}
