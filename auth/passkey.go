package auth

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/klarlagt/klarlagt/breach"
)

// Ceremony is the state of a registration or a sign-in between its two requests.
// It is kept on the server, for one session or one browser, and used once.
type Ceremony []byte

// ceremonyFor is how long the two requests may lie apart.
const ceremonyFor = 5 * time.Minute

// mostAnswer bounds what a browser sends back.
const mostAnswer = 64 << 10

// Passkeys runs the ceremonies of WebAuthn for one host.
type Passkeys struct{ party *webauthn.WebAuthn }

// NewPasskeys sets them up for a host name, shown to people by a title, and
// the origins that pages come from, such as https://breach.example.
func NewPasskeys(host, title string, origins ...string) (*Passkeys, error) {
	limit := webauthn.TimeoutConfig{Enforce: true, Timeout: ceremonyFor, TimeoutUVD: ceremonyFor}
	party, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: title, RPOrigins: origins,
		AttestationPreference: protocol.PreferNoAttestation, // which make of key somebody has is not ours to know
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: limit, Registration: limit},
	})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys: %w", err)
	}
	return &Passkeys{party}, nil
}

// NewHandle makes the random handle by which passkeys know an account.
func NewHandle() []byte {
	handle := make([]byte, 32)
	_, _ = rand.Read(handle) // never fails: crypto/rand
	return handle
}

// BeginRegistration asks a browser to make a passkey for an account.
func (p *Passkeys) BeginRegistration(a Account) (options []byte, c Ceremony, err error) {
	user, err := a.webauthn()
	if err != nil {
		return nil, nil, err
	}
	creation, state, err := p.party.BeginRegistration(user,
		webauthn.WithExclusions(webauthn.Credentials(user.WebAuthnCredentials()).CredentialDescriptors()))
	if err != nil {
		return nil, nil, fmt.Errorf("begin a passkey: %w", err)
	}
	return serialise(creation, state)
}

// FinishRegistration takes what the browser answered, and gives the passkey to
// be stored.
func (p *Passkeys) FinishRegistration(a Account, c Ceremony, answer []byte) (Passkey, error) {
	user, err := a.webauthn()
	if err != nil {
		return Passkey{}, err
	}
	state, err := c.state()
	if err != nil {
		return Passkey{}, err
	}
	if len(answer) > mostAnswer {
		return Passkey{}, noPasskey(errors.New("an answer beyond all size"))
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, noPasskey(err)
	}
	made, err := p.party.CreateCredential(user, state, parsed)
	if err != nil {
		return Passkey{}, noPasskey(err)
	}
	return newPasskey(*made)
}

// BeginSignIn asks a browser for a passkey, whosever it is: nobody types a name,
// so there is none to try.
func (p *Passkeys) BeginSignIn() (options []byte, c Ceremony, err error) {
	assertion, state, err := p.party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, nil, fmt.Errorf("begin a sign-in by passkey: %w", err)
	}
	return serialise(assertion, state)
}

// FinishSignIn takes what the browser answered. Find gives the account of a
// handle. The account that comes back is signed in, and to be stored: its
// passkey counts its uses, and one that has counted backward is a copy.
func (p *Passkeys) FinishSignIn(find func(handle []byte) (Account, bool), c Ceremony, answer []byte) (Account, error) {
	state, err := c.state()
	if err != nil {
		return Account{}, err
	}
	if len(answer) > mostAnswer {
		return Account{}, noPasskey(errors.New("an answer beyond all size"))
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Account{}, noPasskey(err)
	}
	var account Account
	_, used, err := p.party.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		var known bool
		if account, known = find(handle); !known || account.Ended {
			return nil, errors.New("nobody has this handle")
		}
		return account.webauthn()
	}, state, parsed)
	switch {
	case err != nil:
		return Account{}, noPasskey(err)
	case used.Authenticator.CloneWarning:
		return Account{}, noPasskey(errors.New("its counter went back: it is a copy"))
	}
	key, err := newPasskey(*used)
	if err != nil {
		return Account{}, err
	}
	account.Passkeys = slices.Clone(account.Passkeys)
	for i, k := range account.Passkeys {
		if bytes.Equal(k.ID, key.ID) {
			account.Passkeys[i] = key
		}
	}
	return account, nil
}

// noPasskey is the answer to a ceremony that fails. What the library says goes
// to the log: it has no values of anybody's.
func noPasskey(err error) error { return &breach.Refusal{Key: "refusal.passkey", Err: err} }

func newPasskey(c webauthn.Credential) (Passkey, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return Passkey{}, fmt.Errorf("keep a passkey: %w", err)
	}
	return Passkey{ID: c.ID, Data: data}, nil
}

func serialise(options any, state *webauthn.SessionData) ([]byte, Ceremony, error) {
	shown, err := json.Marshal(options)
	if err != nil {
		return nil, nil, fmt.Errorf("write the options of a passkey: %w", err)
	}
	kept, err := json.Marshal(state)
	if err != nil {
		return nil, nil, fmt.Errorf("keep the state of a ceremony: %w", err)
	}
	return shown, kept, nil
}

func (c Ceremony) state() (webauthn.SessionData, error) {
	var state webauthn.SessionData
	if err := json.Unmarshal(c, &state); err != nil {
		return state, noPasskey(err)
	}
	if state.Challenge == "" {
		return state, noPasskey(errors.New("a ceremony without a challenge"))
	}
	return state, nil
}

// webauthn is the account as the library sees it.
func (a Account) webauthn() (passkeyUser, error) {
	u := passkeyUser{account: a}
	for _, k := range a.Passkeys {
		var c webauthn.Credential
		if err := json.Unmarshal(k.Data, &c); err != nil {
			return u, fmt.Errorf("read a passkey of user %s: %w", a.User, err)
		}
		u.credentials = append(u.credentials, c)
	}
	return u, nil
}

type passkeyUser struct {
	account     Account
	credentials []webauthn.Credential
}

func (u passkeyUser) WebAuthnID() []byte          { return u.account.Handle }
func (u passkeyUser) WebAuthnName() string        { return u.account.Name.Reveal() }
func (u passkeyUser) WebAuthnDisplayName() string { return u.account.Shown.Reveal() }

func (u passkeyUser) WebAuthnCredentials() []webauthn.Credential { return u.credentials }
