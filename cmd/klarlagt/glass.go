package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

func glassCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "glass", GroupID: "other", Args: cobra.NoArgs, Short: a.t("cmd.glass.short"), Long: a.t("cmd.glass.long"), Example: indent(a.t("cmd.glass.example")),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var tenant string
	c.PersistentFlags().StringVar(&tenant, "tenant", string(store.Local), a.t("cmd.user.flag.tenant"))
	sub := func(use, key string, args cobra.PositionalArgs, f func(u *userDesk, args []string) error) *cobra.Command {
		s := &cobra.Command{Use: use, Args: args, Short: a.t(key), RunE: func(c *cobra.Command, args []string) error {
			return a.atUsers(c.Context(), auth.TenantID(tenant), args, f)
		}}
		c.AddCommand(s)
		return s
	}
	sub("name NAME", "cmd.glass-name.short", cobra.ExactArgs(1), func(u *userDesk, args []string) error { return u.bearer(args[0], (*store.Store).NameBearer) })
	sub("drop NAME", "cmd.glass-drop.short", cobra.ExactArgs(1), func(u *userDesk, args []string) error { return u.bearer(args[0], (*store.Store).DropBearer) })
	var dpo, ciso string
	alerts := sub("alerts", "cmd.glass-alerts.short", cobra.NoArgs, func(u *userDesk, _ []string) error { return u.watchers(dpo, ciso) })
	alerts.Flags().StringVar(&dpo, "dpo", "", a.t("cmd.glass.flag.dpo"))
	alerts.Flags().StringVar(&ciso, "ciso", "", a.t("cmd.glass.flag.ciso"))
	sub("list", "cmd.glass-list.short", cobra.NoArgs, (*userDesk).glasses)
	sub("review ID justified|unjustified", "cmd.glass-review.short", cobra.ExactArgs(2), (*userDesk).reviewGlass)
	return c
}

// bearer says who may break the glass, or no longer.
func (u *userDesk) bearer(name string, change func(*store.Store, context.Context, auth.Grant) error) error {
	id, err := u.named(name)
	if err != nil {
		return err
	}
	s, err := u.house.tenant(u.ctx, u.tenant)
	if err != nil {
		return err
	}
	g, err := u.grant(auth.Ask{Action: auth.NameGlassBearers, Subject: id, Object: string(id)})
	if err != nil {
		return err
	}
	return change(s, u.ctx, g)
}

// watchers says who is told. Without a flag the address stays.
func (u *userDesk) watchers(dpo, ciso string) error {
	s, err := u.house.tenant(u.ctx, u.tenant)
	if err != nil {
		return err
	}
	g, err := u.grant(auth.Ask{Action: auth.NameWatchers})
	if err != nil {
		return err
	}
	w, err := s.Watchers(u.ctx, g)
	if err != nil {
		return err
	}
	if dpo != "" {
		w.DPO = breach.Hide(dpo)
	}
	if ciso != "" {
		w.CISO = breach.Hide(ciso)
	}
	w.Language = u.lang
	return s.SetWatchers(u.ctx, g, w)
}

// glassJSON is broken glass as --json shows it.
type glassJSON struct {
	ID       string            `json:"id"`
	Case     auth.CaseID       `json:"case"`
	User     auth.UserID       `json:"user"`
	Began    time.Time         `json:"began_at"`
	Open     bool              `json:"open"`
	Reviewed auth.UserID       `json:"reviewed_by"`
	Finding  auth.GlassFinding `json:"finding"`
}

func (u *userDesk) glasses([]string) error {
	s, err := u.house.tenant(u.ctx, u.tenant)
	if err != nil {
		return err
	}
	g, err := u.grant(auth.Ask{Action: auth.ListGlasses})
	if err != nil {
		return err
	}
	list, err := s.Glasses(u.ctx, g, false)
	if err != nil {
		return err
	}
	names, err := u.house.control.Shown(u.ctx, g)
	if err != nil {
		return err
	}
	t := table{headings: []string{u.t("cmd.approvals.id"), u.t("cmd.keys.case"), u.t("web.name"), u.t("cmd.glass.began"), u.t("cmd.glass.review")}}
	rows := []glassJSON{}
	for _, b := range list {
		rows = append(rows, glassJSON{b.ID, b.Case, b.User, b.Began.Wall, b.Open(u.now), b.Reviewed, b.Finding})
		review := u.t("cmd.glass.waits")
		if b.Reviewed != "" {
			review = u.t("glass." + string(b.Finding))
		}
		t.add(b.ID, string(b.Case), names[b.User].Reveal(), b.Began.Wall.Local().Format("2006-01-02 15:04"), review)
	}
	if u.json {
		return u.printJSON(rows)
	}
	if len(list) == 0 {
		u.say("cmd.glass.none")
		return nil
	}
	u.printTable(t)
	return nil
}

func (u *userDesk) reviewGlass(args []string) error {
	finding := auth.GlassFinding(args[1])
	if finding != auth.Justified && finding != auth.Unjustified {
		return errMisuse{errors.New(u.t("cmd.glass-review.finding"))}
	}
	s, err := u.house.tenant(u.ctx, u.tenant)
	if err != nil {
		return err
	}
	g, err := u.grant(auth.Ask{Action: auth.ListGlasses})
	if err != nil {
		return err
	}
	list, err := s.Glasses(u.ctx, g, true)
	if err != nil {
		return err
	}
	for _, b := range list {
		if b.ID != args[0] {
			continue
		}
		g, err := u.grant(auth.Ask{Action: auth.ReviewGlass, Case: b.Case, Subject: b.User, Object: b.ID})
		if err != nil {
			return err
		}
		b, err := s.Glass(u.ctx, g, b.ID)
		if err == nil {
			fmt.Fprintln(u.out, u.t("cmd.glass-review.reason", map[string]any{"Reason": fmt.Sprintf("%q", b.Reason.Reveal())}))
			err = s.ReviewGlass(u.ctx, g, b.ID, finding)
		}
		return err
	}
	return store.ErrNoGlass
}
