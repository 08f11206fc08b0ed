package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

func userCommand(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "user", GroupID: "other", Args: cobra.NoArgs, Short: a.t("cmd.user.short"), Long: a.t("cmd.user.long"),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var tenant string
	c.PersistentFlags().StringVar(&tenant, "tenant", string(store.Local), a.t("cmd.user.flag.tenant"))
	sub := func(use, short string, args cobra.PositionalArgs, f func(u *userDesk, args []string) error) {
		c.AddCommand(&cobra.Command{Use: use, Args: args, Short: a.t(short),
			RunE: func(c *cobra.Command, args []string) error {
				return a.atUsers(c.Context(), auth.TenantID(tenant), args, f)
			}})
	}
	sub("setup", "cmd.user-setup.short", cobra.NoArgs, (*userDesk).setup)
	sub("list", "cmd.user-list.short", cobra.NoArgs, (*userDesk).list)
	sub("reset NAME", "cmd.user-reset.short", cobra.ExactArgs(1), (*userDesk).reset)
	sub("join NAME", "cmd.user-join.short", cobra.ExactArgs(1), (*userDesk).join)
	return c
}

// userDesk is where the console acts on the users of a tenant.
type userDesk struct {
	*app
	ctx    context.Context
	house  *house
	tenant auth.TenantID
	now    auth.Instant
}

func (a *app) atUsers(ctx context.Context, tenant auth.TenantID, args []string, f func(*userDesk, []string) error) error {
	h, err := a.openHouse(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	return f(&userDesk{a, ctx, h, tenant, auth.NewClock().Now()}, args)
}

// grant asks for leave as the console, and writes so in the tenant's journal.
func (u *userDesk) grant(ask auth.Ask) (auth.Grant, error) {
	s, err := u.house.tenant(u.ctx, u.tenant)
	if err != nil {
		return auth.Grant{}, err
	}
	who := console()
	who.Tenant, ask.Now = u.tenant, u.now
	return s.Grant(u.ctx, who, ask)
}

// setup shows a code for the first administrator.
func (u *userDesk) setup([]string) error {
	code, err := u.house.control.NewSetup(u.ctx, u.tenant, u.now)
	if err != nil {
		return err
	}
	fmt.Fprintln(u.out, code.Reveal())
	return nil
}

// userJSON is one line of the list.
type userJSON struct {
	ID    auth.UserID `json:"id"`
	Name  string      `json:"name"`
	Shown string      `json:"shown"`
	Roles []auth.Role `json:"roles"`
	Ended bool        `json:"ended"`
}

func (u *userDesk) list([]string) error {
	g, err := u.grant(auth.Ask{Action: auth.ManageUsers})
	if err != nil {
		return err
	}
	users, err := u.house.control.Users(u.ctx, g)
	if err != nil {
		return err
	}
	rows := []userJSON{}
	t := table{headings: []string{u.t("web.name"), u.t("web.shown"), u.t("web.roles"), u.t("web.users.state")}}
	for _, x := range users {
		rows = append(rows, userJSON{x.User, x.Name.Reveal(), x.Shown.Reveal(), x.Roles, x.Ended})
		var roles []string
		for _, r := range x.Roles {
			roles = append(roles, u.t("role."+string(r)))
		}
		state := "web.user.active"
		switch {
		case x.Ended:
			state = "web.user.ended"
		case x.Password == "" && len(x.Passkeys) == 0:
			state = "web.user.waiting"
		}
		t.add(x.Name.Reveal(), x.Shown.Reveal(), u.texts.List(roles), u.t(state))
	}
	if u.json {
		return u.printJSON(rows)
	}
	u.printTable(t)
	return nil
}

// named finds a user of the tenant.
func (u *userDesk) named(name string) (auth.UserID, error) {
	user, there, err := u.house.control.UserNamed(u.ctx, name)
	if err == nil && (!there || user.Tenant != u.tenant) {
		err = store.ErrNoUser
	}
	return user.User, err
}

// reset shows a code with which a user sets the sign-in up anew.
func (u *userDesk) reset(args []string) error {
	id, err := u.named(args[0])
	if err != nil {
		return err
	}
	g, err := u.grant(auth.Ask{Action: auth.ResetSignIn, Subject: id, Object: string(id)})
	if err != nil {
		return err
	}
	code, err := u.house.control.ResetSignIn(u.ctx, g, u.now)
	if err != nil {
		return err
	}
	fmt.Fprintln(u.out, code.Reveal())
	return nil
}

// join lets a user work on the case that --case names: on one that was opened
// here, nobody else works yet.
func (u *userDesk) join(args []string) error {
	id, err := u.named(args[0])
	if err != nil {
		return err
	}
	_, theCase, err := u.theirCase()
	if err != nil {
		return err
	}
	g, err := u.grant(auth.Ask{Action: auth.ManageMembers, Case: theCase.ID, Subject: id, Object: string(id)})
	if err != nil {
		return err
	}
	return u.house.control.Join(u.ctx, g)
}
