package web

import (
	"slices"

	"github.com/klarlagt/klarlagt/auth"
	"github.com/klarlagt/klarlagt/breach"
	"github.com/klarlagt/klarlagt/store"
)

// usersPage lists who may sign in.
type usersPage struct {
	Users       []store.User
	Name, Shown string // as typed
}

// userPage is one of them.
type userPage struct {
	store.User
	Own   bool
	Boxes []roleBox
	Code  string // to set up the account, shown once
}

// roleBox is a role to tick.
type roleBox struct {
	Role auth.Role
	On   bool
}

// codeFlow is a set-up code to be shown to who asked for it.
type codeFlow struct {
	By, For auth.UserID
	Code    string
}

func showUsers(v *visit) error { return v.usersForm(nil) }

func (v *visit) usersForm(wrong error) error {
	users, err := v.Control.Users(v.Context(), v.grant)
	if err != nil {
		return err
	}
	return v.form("users", usersPage{users, v.PostFormValue("name"), v.PostFormValue("shown")}, wrong)
}

func addUser(v *visit) error {
	u, err := store.NewUser(v.grant.Tenant(), v.PostFormValue("name"), v.PostFormValue("shown"), v.now)
	if err != nil {
		return v.usersForm(err)
	}
	code, err := v.Control.AddUser(v.Context(), v.grant, u, v.now)
	if err != nil {
		return v.usersForm(err)
	}
	return v.showCode(u.User, code)
}

// showCode sends the administrator to the user's page, which shows the code to
// this browser.
func (v *visit) showCode(u auth.UserID, code breach.Personal) error {
	secret, err := v.Control.BeginFlow(v.Context(), "code", codeFlow{v.session.User, u, code.Reveal()}, v.now)
	if err != nil {
		return err
	}
	v.setCookie("flow", secret.Reveal())
	return v.redirect("/users/" + string(u))
}

func showUser(v *visit) error {
	users, err := v.Control.Users(v.Context(), v.grant)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(users, func(u store.User) bool { return string(u.User) == v.PathValue("user") })
	if at < 0 {
		return errNotThere
	}
	p := userPage{User: users[at], Own: users[at].Account.User == v.session.User}
	for _, r := range auth.Roles() {
		p.Boxes = append(p.Boxes, roleBox{r, slices.Contains(p.Roles, r)})
	}
	var f codeFlow
	there, err := v.flow("code", &f, false)
	if err != nil {
		return err
	}
	if there && f.By == v.session.User && f.For == p.Account.User {
		p.Code = f.Code
	}
	return v.page("user", p)
}

func assignRoles(v *visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	var roles []auth.Role
	for _, name := range v.PostForm["role"] {
		r, known := auth.ParseRole(name)
		if !known {
			return errNotThere
		}
		roles = append(roles, r)
	}
	if err := v.Control.SetRoles(v.Context(), v.grant, roles); err != nil {
		return err
	}
	return v.redirect("/users/" + v.PathValue("user"))
}

func resetUser(v *visit) error {
	code, err := v.Control.ResetSignIn(v.Context(), v.grant, v.now)
	if err != nil {
		return err
	}
	return v.showCode(auth.UserID(v.PathValue("user")), code)
}

func endUser(v *visit) error {
	if err := v.Control.EndUser(v.Context(), v.grant); err != nil {
		return err
	}
	return v.redirect("/users/" + v.PathValue("user"))
}
