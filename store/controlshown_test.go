package store_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/store"
)

func TestNamesAreShownAsTheyAreNow(t *testing.T) {
	c, _ := control(t)
	anna := first(t, c, "town", "anna")
	names := func() map[auth.UserID]string {
		t.Helper()
		shown, err := c.Shown(t.Context(), grant(t, "town", auth.Ask{Action: auth.ListCases}))
		if err != nil {
			t.Fatal(err)
		}
		plain := map[auth.UserID]string{}
		for id, name := range shown {
			plain[id] = name.Reveal()
		}
		return plain
	}
	if got := names(); len(got) != 1 || got[anna.User] != anna.Shown.Reveal() {
		t.Fatalf("%d names", len(got))
	}
	berit, _ := invited(t, c, "town", "berit")
	if got := names(); len(got) != 2 || got[berit.User] != berit.Shown.Reveal() {
		t.Errorf("after another came: %d names", len(got))
	}
	first(t, c, "village", "cecilia")
	if got := names(); len(got) != 2 {
		t.Errorf("after somebody came elsewhere: %d names", len(got))
	}
	now, _, err := c.UserNamed(t.Context(), "anna")
	if err != nil {
		t.Fatal(err)
	}
	now.Shown = store.User{}.Shown
	if err := c.SaveSignIn(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if got := names(); len(got) != 2 || got[anna.User] != "" {
		t.Errorf("after one changed theirs: %d names", len(got))
	}
	all, err := c.Colleagues(t.Context(), grant(t, "town", auth.Ask{Action: auth.ReadReport, Case: "0a0a0a0a"}))
	if err == nil && len(all) == 2 && all[0].User != anna.User { // both were made at the same moment
		slices.Reverse(all)
	}
	if err != nil || len(all) != 2 || all[0].User != anna.User || !slices.Contains(all[0].Roles, auth.Administrator) || all[1].Shown != berit.Shown {
		t.Fatalf("%d colleagues, error %v", len(all), err)
	}
	if all[0].Password != "" || !all[0].TOTP.Secret.IsZero() || all[0].Handle != nil {
		t.Error("colleagues are told what others sign in with")
	}
	if _, err := c.Shown(t.Context(), auth.Grant{}); !errors.Is(err, auth.ErrNoGrant) {
		t.Errorf("without leave: %v", err)
	}
}
