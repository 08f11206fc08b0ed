package web

import "github.com/klarlagt/klarlagt/auth"

// access is who comes through a route at all.
type access uint8

// Who comes through: those whom the check of the route's action grants it,
// whoever is signed in, and anybody.
const (
	granted access = iota
	signedIn
	anybody
)

// route is one row of the table of routes.
type route struct {
	Method, Pattern string
	Action          auth.Action // what it asks the check for
	Who             access
	Page            string // what it renders; "" where it sends the browser on
	Serve           func(*visit) error
}

// routes is the table of everything that the server answers, but for files and
// health. An {id} or {user} in a path is what the act is on, a {case} where. To
// add a page, add a line.
func routes() []route {
	return []route{
		{Method: "GET", Pattern: "/sign-in", Who: anybody, Page: "sign-in", Serve: showSignIn},
		{Method: "POST", Pattern: "/sign-in", Who: anybody, Serve: signIn},
		{Method: "POST", Pattern: "/sign-in/passkey/begin", Who: anybody, Serve: beginPasskeySignIn},
		{Method: "POST", Pattern: "/sign-in/passkey", Who: anybody, Serve: passkeySignIn},
		{Method: "POST", Pattern: "/sign-in/provider", Who: anybody, Serve: beginProvider},
		{Method: "GET", Pattern: "/sign-in/provider/back", Who: anybody, Serve: finishProvider},
		{Method: "GET", Pattern: "/set-up", Who: anybody, Page: "set-up", Serve: showSetup},
		{Method: "POST", Pattern: "/set-up", Who: anybody, Serve: beginSetup},
		{Method: "GET", Pattern: "/set-up/account", Who: anybody, Page: "set-up-account", Serve: showSetupAccount},
		{Method: "POST", Pattern: "/set-up/account", Who: anybody, Serve: finishSetup},
		{Method: "POST", Pattern: "/language", Who: anybody, Serve: chooseLanguage},

		{Method: "GET", Pattern: "/{$}", Who: signedIn, Serve: home},
		{Method: "GET", Pattern: "/recovery", Who: signedIn, Page: "recovery", Serve: showRecovery},
		{Method: "POST", Pattern: "/recovery", Who: signedIn, Serve: endRecovery},
		{Method: "GET", Pattern: "/step-up", Who: signedIn, Page: "step-up", Serve: showStepUp},
		{Method: "POST", Pattern: "/step-up", Who: signedIn, Serve: stepUp},
		{Method: "POST", Pattern: "/sign-out", Who: signedIn, Serve: signOut},

		{Method: "GET", Pattern: "/account", Action: auth.OwnSignIn, Page: "account", Serve: showAccount},
		{Method: "POST", Pattern: "/account/password", Action: auth.OwnSignIn, Serve: changePassword},
		{Method: "POST", Pattern: "/account/recovery", Action: auth.OwnSignIn, Serve: renewRecovery},
		{Method: "POST", Pattern: "/account/sign-ins/{id}/end", Action: auth.OwnSignIn, Serve: endSignIn},
		{Method: "POST", Pattern: "/account/passkeys/begin", Action: auth.OwnSignIn, Serve: beginPasskey},
		{Method: "POST", Pattern: "/account/passkeys", Action: auth.OwnSignIn, Serve: addPasskey},
		{Method: "POST", Pattern: "/account/passkeys/{id}/remove", Action: auth.OwnSignIn, Serve: removePasskey},

		{Method: "GET", Pattern: "/users", Action: auth.ManageUsers, Page: "users", Serve: showUsers},
		{Method: "POST", Pattern: "/users", Action: auth.ManageUsers, Serve: addUser},
		{Method: "GET", Pattern: "/users/{user}", Action: auth.ManageUsers, Page: "user", Serve: showUser},
		{Method: "POST", Pattern: "/users/{user}/roles", Action: auth.AssignRoles, Serve: assignRoles},
		{Method: "POST", Pattern: "/users/{user}/reset", Action: auth.ResetSignIn, Serve: resetUser},
		{Method: "POST", Pattern: "/users/{user}/end", Action: auth.ResetSignIn, Serve: endUser},
	}
}
