package main

import (
	"github.com/spf13/cobra"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

func readersCommand(a *app) *cobra.Command {
	var tenant string
	c := &cobra.Command{
		Use: "readers NAME NAME", GroupID: "other", Args: cobra.ExactArgs(2),
		Short: a.t("cmd.readers.short"), Long: a.t("cmd.readers.long"), Example: indent(a.t("cmd.readers.example")),
		RunE: func(c *cobra.Command, args []string) error {
			return a.atUsers(c.Context(), auth.TenantID(tenant), args, (*userDesk).readers)
		},
	}
	c.Flags().StringVar(&tenant, "tenant", string(store.Local), a.t("cmd.user.flag.tenant"))
	return c
}

// readers names who may see protected identities in the case that --case names.
func (u *userDesk) readers(args []string) error {
	var ids [2]auth.UserID
	for i, name := range args {
		id, err := u.named(name)
		if err != nil {
			return err
		}
		ids[i] = id
	}
	readers, err := auth.NewReaders(ids[0], ids[1])
	if err != nil {
		return err
	}
	s, theCase, err := u.theirCase()
	if err != nil {
		return err
	}
	g, err := u.grant(auth.Ask{Action: auth.NameReaders, Case: theCase.ID})
	if err != nil {
		return err
	}
	return s.SetReaders(u.ctx, g, readers)
}

// theirCase finds the case of the tenant that --case names.
func (u *userDesk) theirCase() (*store.Store, store.Case, error) {
	s, err := u.house.tenant(u.ctx, u.tenant)
	if err != nil {
		return nil, store.Case{}, err
	}
	g, err := u.grant(auth.Ask{Action: auth.ListCases})
	if err != nil {
		return nil, store.Case{}, err
	}
	c, err := s.Case(u.ctx, g, u.caseID)
	return s, c, err
}
