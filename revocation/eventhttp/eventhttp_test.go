package eventhttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/revocation/eventhttp"
	"github.com/taperid/taper/vc"
)

var (
	ctx      = context.Background()
	noon     = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	operator = personas.New("operator")
	idp      = personas.NewP256("idp")
	mal      = personas.New("mallory")
)

const (
	issuerURL = "https://idp.example"
	audience  = "https://operator.example/events"
)

// world is an operator: an issuer of lists, a receiver, and what was published last.
type world struct {
	now       time.Time
	issuer    *revocation.Issuer
	entries   []vc.StatusEntry // of alice
	receiver  *eventhttp.Receiver
	lists     *revocation.Bundle
	published int
	broken    error
}

func newWorld(t testing.TB, edit ...func(*eventhttp.Config)) *world {
	w := &world{now: noon}
	var err error
	w.issuer, err = revocation.NewIssuer(operator, "https://status.example/lists", revocation.IssuerOptions{})
	require.NoError(t, err)
	w.entries, err = w.issuer.Allocate(ctx, time.Time{}, "revocation", "suspension", "guarded")
	require.NoError(t, err)
	require.NoError(t, w.publish(ctx))
	config := eventhttp.Config{
		Audience: audience, Keys: map[string]map[string]did.Key{issuerURL: {"key-1": idp.Key()}},
		Entries: func(_ context.Context, e eventhttp.Event) ([]vc.StatusEntry, error) {
			var subject struct{ Email string }
			_ = json.Unmarshal(e.Subject, &subject) // another kind of subject is somebody else
			if subject.Email != "alice@example.com" {
				return nil, nil
			}
			return w.entries, w.broken
		},
		Set: w.issuer.Set, Publish: w.publish, Now: func() time.Time { return w.now },
	}
	for _, f := range edit {
		f(&config)
	}
	w.receiver, err = eventhttp.NewReceiver(config)
	require.NoError(t, err)
	w.pass(time.Minute)
	return w
}

// pass lets time pass, in which the lists are published.
func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

func (w *world) publish(ctx context.Context) error {
	if w.broken != nil {
		return w.broken
	}
	b, err := w.issuer.Publish(ctx, w.now)
	w.lists = b
	w.published++
	return err
}

func (w *world) mode(t testing.TB) vc.Mode {
	k, err := revocation.NewChecker(w.lists, revocation.Policy{MaxStaleness: time.Hour})
	require.NoError(t, err)
	s, err := k.CheckStatus(ctx, vc.StatusRequest{Credential: "uEi", Entries: w.entries, Signers: []did.DID{operator.DID()}, Now: w.now})
	require.NoError(t, err)
	return s.Mode
}

// token is a Security Event Token of one event about alice.
func (w *world) token(t testing.TB, jti, event, payload string, edit ...func(map[string]any)) string {
	claims := map[string]any{
		"iss": issuerURL, "aud": audience, "jti": jti, "iat": w.now.Unix(),
		"sub_id": map[string]any{"format": "email", "email": "alice@example.com"},
		"events": map[string]any{event: json.RawMessage(payload)},
	}
	for _, f := range edit {
		f(claims)
	}
	return sign(t, idp, jose.Header{Typ: "secevent+jwt", Kid: "key-1"}, claims)
}

func sign(t testing.TB, by *did.Signer, h jose.Header, claims any) string {
	payload, err := json.Marshal(claims)
	require.NoError(t, err)
	if h.Alg == "" {
		h.Alg = by.Key().Algorithm()
	}
	token, err := jose.Sign(h, payload, by.Sign)
	require.NoError(t, err)
	return token
}

// TestEventsActAtOnce: what an event does is in the lists that are out afterwards.
func TestEventsActAtOnce(t *testing.T) {
	w := newWorld(t)
	for i, step := range []struct {
		event, payload string
		want           vc.Mode
	}{
		{eventhttp.DeviceCompliance, `{"previous_status":"compliant","current_status":"not-compliant"}`, vc.Guarded},
		{eventhttp.DeviceCompliance, `{"current_status":"compliant"}`, vc.Normal},
		{eventhttp.RiskLevelChange, `{"current_level":"MEDIUM"}`, vc.Guarded},
		{eventhttp.RiskLevelChange, `{"current_level":"HIGH"}`, vc.Suspended},
		{eventhttp.RiskLevelChange, `{"current_level":"MEDIUM"}`, vc.Guarded},
		{eventhttp.RiskLevelChange, `{"current_level":"LOW"}`, vc.Normal},
		{eventhttp.RiskLevelChange, `{"current_level":"VERY"}`, vc.Normal},
		{eventhttp.SessionRevoked, `{}`, vc.Suspended},
		{eventhttp.AccountEnabled, `{}`, vc.Normal},
		{eventhttp.AccountDisabled, `{"reason":"hijacking"}`, vc.Suspended},
		{eventhttp.CredentialChange, `{"change_type":"update"}`, vc.Suspended},
		{"https://example.org/unknown", `{}`, vc.Suspended},
		{eventhttp.CredentialChange, `{"change_type":"revoke"}`, vc.Revoked},
		{eventhttp.AccountEnabled, `{}`, vc.Revoked},
		{eventhttp.AccountPurged, `{}`, vc.Revoked},
	} {
		w.pass(time.Second)
		require.NoError(t, w.receiver.Take(ctx, w.token(t, fmt.Sprint("jti-", i), step.event, step.payload)))
		require.Equal(t, step.want, w.mode(t), "step %d: %s %s", i, step.event, step.payload)
	}
}

func TestEventsAboutOthers(t *testing.T) {
	w := newWorld(t)
	n := w.published
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "1", eventhttp.AccountPurged, `{}`, func(c map[string]any) {
		c["sub_id"] = map[string]any{"format": "email", "email": "bob@example.com"}
	})))
	require.Equal(t, n, w.published)
	require.Equal(t, vc.Normal, w.mode(t))
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "2", eventhttp.AccountPurged, `{"subject":{"email":"alice@example.com"}}`, func(c map[string]any) {
		delete(c, "sub_id")
	})))
	require.Equal(t, vc.Revoked, w.mode(t), "the subject of the event itself")
}

// TestTokensRefused: each of these does nothing.
func TestTokensRefused(t *testing.T) {
	w := newWorld(t)
	claim := func(name string, value any) string {
		return w.token(t, "x", eventhttp.AccountPurged, `{}`, func(c map[string]any) {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		})
	}
	body := map[string]any{}
	require.NoError(t, json.Unmarshal([]byte(`{"iss":"`+issuerURL+`","aud":"`+audience+`","jti":"x","events":{"`+eventhttp.AccountPurged+`":{}}}`), &body))
	body["iat"] = w.now.Unix()
	with := func(by *did.Signer, h jose.Header) string { return sign(t, by, h, body) }
	for name, c := range map[string]struct {
		token string
		want  error
	}{
		"nonsense":               {"x.y.z", eventhttp.ErrToken},
		"a JWT of another typ":   {with(idp, jose.Header{Typ: "JWT", Kid: "key-1"}), eventhttp.ErrToken},
		"no kid":                 {with(idp, jose.Header{Typ: "secevent+jwt"}), eventhttp.ErrToken},
		"an unknown kid":         {with(idp, jose.Header{Typ: "secevent+jwt", Kid: "key-2"}), eventhttp.ErrKey},
		"by another":             {with(mal, jose.Header{Typ: "secevent+jwt", Kid: "key-1"}), eventhttp.ErrKey},
		"another alg":            {with(idp, jose.Header{Typ: "secevent+jwt", Kid: "key-1", Alg: "none"}), eventhttp.ErrKey},
		"another issuer":         {claim("iss", "https://evil.example"), eventhttp.ErrIssuer},
		"no issuer":              {claim("iss", nil), eventhttp.ErrIssuer},
		"for another":            {claim("aud", "https://other.example"), eventhttp.ErrAudience},
		"for nobody":             {claim("aud", nil), eventhttp.ErrAudience},
		"an audience of objects": {claim("aud", []any{map[string]any{}}), eventhttp.ErrToken},
		"no jti":                 {claim("jti", nil), eventhttp.ErrToken},
		"a jti of 257 bytes":     {claim("jti", strings.Repeat("a", 257)), eventhttp.ErrToken},
		"no iat":                 {claim("iat", nil), eventhttp.ErrTime},
		"iat as text":            {claim("iat", "1"), eventhttp.ErrToken},
		"iat 0":                  {claim("iat", 0), eventhttp.ErrToken},
		"too old":                {claim("iat", w.now.Unix()-631), eventhttp.ErrTime},
		"from the future":        {claim("iat", w.now.Unix()+31), eventhttp.ErrTime},
		"no events":              {claim("events", map[string]any{}), eventhttp.ErrToken},
		"events of strings":      {claim("events", map[string]any{eventhttp.AccountPurged: "x"}), eventhttp.ErrToken},
		"events in an array":     {claim("events", []string{eventhttp.AccountPurged}), eventhttp.ErrToken},
		"two subjects": {claim("events", map[string]any{
			eventhttp.AccountPurged: map[string]any{"subject": map[string]any{}, "sub_id": map[string]any{}},
		}), eventhttp.ErrToken},
		"a subject as text": {claim("sub_id", "alice"), eventhttp.ErrToken},
		"Iss":               {claim("Iss", "x"), eventhttp.ErrToken},
		"too long":          {claim("x", strings.Repeat("a", 1<<16)), eventhttp.ErrToken},
	} {
		require.ErrorIs(t, w.receiver.Take(ctx, c.token), c.want, name)
		require.Equal(t, vc.Normal, w.mode(t), name)
	}
	many := map[string]any{}
	for i := range 17 {
		many[fmt.Sprint("https://example.org/", i)] = map[string]any{}
	}
	require.ErrorIs(t, w.receiver.Take(ctx, claim("events", many)), eventhttp.ErrToken)
	good := w.token(t, "good", eventhttp.AccountPurged, `{}`)
	require.ErrorIs(t, w.receiver.Take(ctx, good[:len(good)-8]+"AAAAAAAA"), eventhttp.ErrKey)
	require.NoError(t, w.receiver.Take(ctx, good), "and that one is good")
	require.NoError(t, w.receiver.Take(ctx, claim("aud", []string{"https://other.example", audience})))
}

// TestReplay: a token sent again is acknowledged and does nothing, so an old "all is
// well" lifts nothing.
func TestReplay(t *testing.T) {
	w := newWorld(t)
	w.pass(time.Second)
	well := w.token(t, "well", eventhttp.AccountEnabled, `{}`)
	require.NoError(t, w.receiver.Take(ctx, well))
	w.pass(time.Second)
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "ill", eventhttp.AccountDisabled, `{}`)))
	n := w.published
	for range 3 {
		w.pass(time.Second)
		require.NoError(t, w.receiver.Take(ctx, well))
	}
	require.Equal(t, n, w.published)
	require.Equal(t, vc.Suspended, w.mode(t))
	w.pass(20 * time.Minute)
	require.ErrorIs(t, w.receiver.Take(ctx, well), eventhttp.ErrTime, "and later it is too old")
}

// TestDisorder: an event that was issued earlier, or at the same time, lifts nothing.
func TestDisorder(t *testing.T) {
	w := newWorld(t)
	w.pass(time.Second)
	early := w.token(t, "early", eventhttp.AccountEnabled, `{}`)
	w.pass(time.Second)
	same := w.token(t, "same", eventhttp.AccountEnabled, `{}`)
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "ill", eventhttp.AccountDisabled, `{}`)))
	require.NoError(t, w.receiver.Take(ctx, early))
	require.NoError(t, w.receiver.Take(ctx, same))
	require.Equal(t, vc.Suspended, w.mode(t))
	w.pass(time.Second)
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "later", eventhttp.AccountEnabled, `{}`)))
	require.Equal(t, vc.Normal, w.mode(t))
}

// TestFromBeforeTheStart: it may have been used then, so it lifts nothing; what it
// puts there counts.
func TestFromBeforeTheStart(t *testing.T) {
	w := newWorld(t)
	old := func(c map[string]any) { c["iat"] = noon.Unix() - 5 }
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "1", eventhttp.AccountDisabled, `{}`, old)))
	require.Equal(t, vc.Suspended, w.mode(t))
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "2", eventhttp.AccountEnabled, `{}`, func(c map[string]any) { c["iat"] = noon.Unix() + 29 })))
	require.Equal(t, vc.Suspended, w.mode(t), "within skew of the start")
	w.pass(time.Second)
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "3", eventhttp.AccountEnabled, `{}`)))
	require.Equal(t, vc.Normal, w.mode(t))
}

// TestFailuresAreRetried: what could not be done is not taken for done.
func TestFailuresAreRetried(t *testing.T) {
	w := newWorld(t)
	w.pass(time.Second)
	w.broken = errors.New("database is away")
	token := w.token(t, "1", eventhttp.AccountPurged, `{}`)
	require.ErrorIs(t, w.receiver.Take(ctx, token), w.broken)
	w.broken = nil
	require.NoError(t, w.receiver.Take(ctx, token))
	require.Equal(t, vc.Revoked, w.mode(t))

	fails := errors.New("no")
	w = newWorld(t, func(c *eventhttp.Config) {
		c.Set = func(context.Context, uint8, ...vc.StatusEntry) error { return fails }
	})
	require.ErrorIs(t, w.receiver.Take(ctx, w.token(t, "1", eventhttp.AccountPurged, `{}`)), fails)
	w = newWorld(t, func(c *eventhttp.Config) {
		c.Publish = func(context.Context) error { return revocation.ErrTooSoon }
	})
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "1", eventhttp.AccountPurged, `{}`)), "the next tick has it")
}

// TestRetiredEntries: an entry of a list that is retired does not keep an event from
// the others.
func TestRetiredEntries(t *testing.T) {
	var w *world
	old := vc.StatusEntry{List: "https://status.example/old", Index: "1", Purpose: revocation.Suspension}
	fails, have := error(nil), []vc.StatusEntry(nil)
	w = newWorld(t, func(c *eventhttp.Config) {
		c.Entries = func(context.Context, eventhttp.Event) ([]vc.StatusEntry, error) { return have, nil }
		set := c.Set
		c.Set = func(ctx context.Context, value uint8, entries ...vc.StatusEntry) error {
			for _, e := range entries {
				if e.List == old.List {
					return revocation.ErrRetired
				}
			}
			if len(entries) == 1 && fails != nil {
				return fails
			}
			return set(ctx, value, entries...)
		}
	})
	have = append([]vc.StatusEntry{old}, w.entries...)
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "1", eventhttp.AccountDisabled, `{}`)))
	require.Equal(t, vc.Suspended, w.mode(t))
	fails = errors.New("database is away")
	require.ErrorIs(t, w.receiver.Take(ctx, w.token(t, "2", eventhttp.SessionRevoked, `{}`)), fails)
	have = []vc.StatusEntry{old}
	published := w.published
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "3", eventhttp.SessionRevoked, `{}`)))
	require.Equal(t, published, w.published, "nothing changed")
}

// TestMemoryIsBounded: an issuer that sends too much is refused until the old ones
// are too old; another is not.
func TestMemoryIsBounded(t *testing.T) {
	w := newWorld(t, func(c *eventhttp.Config) {
		c.Max = 3
		c.Keys["https://other.example"] = map[string]did.Key{"key-1": idp.Key()}
	})
	for i := range 3 {
		require.NoError(t, w.receiver.Take(ctx, w.token(t, fmt.Sprint(i), eventhttp.AccountEnabled, `{}`)))
	}
	require.ErrorIs(t, w.receiver.Take(ctx, w.token(t, "3", eventhttp.AccountPurged, `{}`)), eventhttp.ErrFull)
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "0", eventhttp.AccountEnabled, `{}`)), "which was taken")
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "0", eventhttp.AccountEnabled, `{}`, func(c map[string]any) { c["iss"] = "https://other.example" })))
	w.pass(11 * time.Minute)
	require.NoError(t, w.receiver.Take(ctx, w.token(t, "3", eventhttp.AccountPurged, `{}`)))
	require.Equal(t, vc.Revoked, w.mode(t))
}

func TestConfigRefused(t *testing.T) {
	good := eventhttp.Config{
		Audience: audience, Keys: map[string]map[string]did.Key{issuerURL: {"key-1": idp.Key()}},
		Entries: func(context.Context, eventhttp.Event) ([]vc.StatusEntry, error) { return nil, nil },
		Set:     func(context.Context, uint8, ...vc.StatusEntry) error { return nil },
		Publish: func(context.Context) error { return nil },
	}
	_, err := eventhttp.NewReceiver(good)
	require.NoError(t, err)
	for name, edit := range map[string]func(*eventhttp.Config){
		"no audience": func(c *eventhttp.Config) { c.Audience = "" },
		"no keys":     func(c *eventhttp.Config) { c.Keys = map[string]map[string]did.Key{issuerURL: nil} },
		"no entries":  func(c *eventhttp.Config) { c.Entries = nil },
		"no set":      func(c *eventhttp.Config) { c.Set = nil },
		"no publish":  func(c *eventhttp.Config) { c.Publish = nil },
		"age":         func(c *eventhttp.Config) { c.MaxAge = -1 },
		"skew":        func(c *eventhttp.Config) { c.Skew = -1 },
		"max":         func(c *eventhttp.Config) { c.Max = -1 },
	} {
		config := good
		edit(&config)
		_, err := eventhttp.NewReceiver(config)
		require.ErrorIs(t, err, eventhttp.ErrConfig, name)
	}
}

// TestHTTP: the answers of RFC 8935.
func TestHTTP(t *testing.T) {
	w := newWorld(t)
	post := func(body, contentType string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		out := httptest.NewRecorder()
		w.receiver.ServeHTTP(out, r)
		return out
	}
	const set = "application/secevent+jwt"
	token := w.token(t, "1", eventhttp.AccountDisabled, `{}`)
	for range 2 {
		got := post(token, set)
		require.Equal(t, 202, got.Code)
		require.Zero(t, got.Body.Len())
	}
	require.Equal(t, vc.Suspended, w.mode(t))
	for want, edit := range map[string]func(map[string]any){
		"invalid_request":  func(c map[string]any) { c["iat"] = 1 },
		"invalid_issuer":   func(c map[string]any) { c["iss"] = "https://evil.example" },
		"invalid_audience": func(c map[string]any) { c["aud"] = "x" },
	} {
		got := post(w.token(t, "2", eventhttp.AccountPurged, `{}`, edit), set)
		require.Equal(t, 400, got.Code)
		var answer struct{ Err, Description string }
		require.NoError(t, json.Unmarshal(got.Body.Bytes(), &answer))
		require.Equal(t, want, answer.Err)
		require.NotEmpty(t, answer.Description)
		require.Equal(t, "en", got.Header().Get("Content-Language"))
	}
	require.Contains(t, post(token[:len(token)-8]+"AAAAAAAA", set).Body.String(), "invalid_key")
	require.Contains(t, post(strings.Repeat("a", 1<<17), set).Body.String(), "invalid_request")
	require.Equal(t, 415, post(token, "application/json").Code)
	require.Equal(t, 415, post(token, "").Code)
	w.broken = errors.New("secret words")
	away := post(w.token(t, "3", eventhttp.AccountPurged, `{}`), set)
	require.Equal(t, 503, away.Code)
	require.NotContains(t, away.Body.String(), "secret")
	get := httptest.NewRecorder()
	w.receiver.ServeHTTP(get, httptest.NewRequest(http.MethodGet, "/events", nil))
	require.Equal(t, 405, get.Code)
}

// FuzzClaims signs any claims: what is taken is an object with all that a token must
// have.
func FuzzClaims(f *testing.F) {
	w := newWorld(f)
	f.Add([]byte(`{"iss":"https://idp.example","aud":["https://operator.example/events"],"jti":"1","iat":1795521660,"events":{"https://schemas.openid.net/secevent/risc/event-type/account-purged":{"subject":{"email":"alice@example.com"}}}}`))
	f.Add([]byte(`{"iss":"https://idp.example","events":{"":{}}}`))
	f.Fuzz(func(t *testing.T, claims []byte) {
		token, err := jose.Sign(jose.Header{Alg: "ES256", Typ: "secevent+jwt", Kid: "key-1"}, claims, idp.Sign)
		require.NoError(t, err)
		if w.receiver.Take(ctx, token) != nil {
			return
		}
		var c struct {
			Iss, Jti string
			Events   map[string]map[string]any
		}
		require.NoError(t, json.Unmarshal(claims, &c))
		require.Equal(t, issuerURL, c.Iss)
		require.NotEmpty(t, c.Jti)
		require.NotEmpty(t, c.Events)
	})
}
