package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/internal/strictjson"
)

// full returns an entry with every member that an intent may have.
func full(tb testing.TB, who *did.Signer) audit.Entry {
	e := intent(tb, "mcp/tools/call/query")
	e.ID, e.Agent, e.Role, e.Seq, e.Time = `urn:x:"quoted\`, who.DID(), audit.RoleAgent, 7, start
	e.Prev, e.Task = audit.LeafHash([]byte("before")), task
	e.Anchor = &audit.Anchor{Origin: origin, Root: audit.LeafHash(nil), Checkpoint: digest("checkpoint")}
	e.Input = salted(tb, audit.DomainInput, "prompt")
	e.Model = &audit.Model{Provider: "Größe & Co <ltd>", Name: "m", Version: "1", Digest: digest("manifest")}
	e.Tool = &audit.Tool{Name: "query", Version: "2", Digest: digest("tool")}
	e.Runtime = digest("attestation")
	e.Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	return e
}

func TestSignAndParse(t *testing.T) {
	for _, who := range []*did.Signer{personas.New("carol"), personas.NewP256("carol")} {
		e := full(t, who)
		signed, err := audit.Sign(who, e)
		require.NoError(t, err)
		again, err := audit.ParseSigned(signed.Bytes())
		require.NoError(t, err)
		require.Equal(t, e, again.Entry())
		require.Equal(t, signed, again)
		require.Equal(t, signed.Hash(), audit.LeafHash(signed.Bytes()))

		canonical, err := strictjson.Canonical(payload(t, signed.Bytes()), audit.MaxLeaf)
		require.NoError(t, err)
		require.Equal(t, string(canonical), string(payload(t, signed.Bytes())), "the payload is in the form of RFC 8785")
	}
}

// The parts of a Signed cannot be changed through what it hands out.
func TestSignedIsAValue(t *testing.T) {
	carol := personas.New("carol")
	signed, err := audit.Sign(carol, full(t, carol))
	require.NoError(t, err)
	e := signed.Entry()
	e.Why.Code, e.Resource.Digest, signed.Bytes()[0] = "", "", 'x'
	require.Equal(t, full(t, carol), signed.Entry())
	again, err := audit.ParseSigned(signed.Bytes())
	require.NoError(t, err)
	require.Equal(t, signed, again)

	bob := personas.New("bob")
	d := decision(t)
	signed, err = audit.Sign(bob, d)
	require.NoError(t, err)
	e = signed.Entry()
	e.Chain.Links[0].ID, e.Decision.Status[0].Digest, *e.Decision.Link, e.Decision.Approval[0] = "", "", 9, ""
	require.Equal(t, decision(t), signed.Entry())
	d.Chain.Links[0].ID = ""
	require.Equal(t, decision(t), signed.Entry(), "nor through what it was made of")
}

// decision returns an entry with every member that a refusal may have.
func decision(tb testing.TB) audit.Entry {
	e := deny(tb, "db/write", personas.New("alice"), personas.New("carol"))
	e.ID, e.Agent, e.Role, e.Seq, e.Time = "urn:x:1", personas.New("bob").DID(), audit.RoleVerifier, 1, start
	e.Prev = audit.LeafHash(nil)
	e.Decision.Status = []audit.StatusList{{Digest: digest("list"), AsOf: start}}
	e.Decision.Approval = []string{digest("approval")}
	return e
}

func payload(tb testing.TB, leaf []byte) []byte {
	tb.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(string(leaf), ".")[1])
	require.NoError(tb, err)
	return data
}

// forge signs any payload under any header, as Sign never would.
func forge(tb testing.TB, who *did.Signer, header, payload string) []byte {
	tb.Helper()
	enc := base64.RawURLEncoding
	input := enc.EncodeToString([]byte(header)) + "." + enc.EncodeToString([]byte(payload))
	sig, err := who.Sign([]byte(input))
	require.NoError(tb, err)
	return []byte(input + "." + enc.EncodeToString(sig))
}

func header(who *did.Signer) string {
	return fmt.Sprintf(`{"alg":%q,"typ":"agent-audit+jwt","kid":%q}`, who.Key().Algorithm(), who.Method())
}

func TestParseSignedRefusesPayloads(t *testing.T) {
	carol := personas.New("carol")
	signed, err := audit.Sign(carol, full(t, carol))
	require.NoError(t, err)
	good := string(payload(t, signed.Bytes()))
	_, err = audit.ParseSigned(forge(t, carol, header(carol), good))
	require.NoError(t, err)

	for name, change := range map[string][2]string{
		"unknown member":           {`{"action"`, `{"a":1,"action"`},
		"unknown inner member":     {`"why":{`, `"why":{"a":1,`},
		"member of another case":   {`"action"`, `"Action"`},
		"duplicate member":         {`{"action"`, `{"action":"x","action"`},
		"null":                     {`"task":"` + task + `"`, `"task":null`},
		"null object":              {`"why":{`, `"trace":null,"why":{`},
		"empty string":             {`"task":"` + task + `"`, `"task":""`},
		"empty array":              {`"id":`, `"children":[],"id":`},
		"white space":              {`{"action"`, `{ "action"`},
		"another order":            {`"type":"action.intent","v":1`, `"v":1,"type":"action.intent"`},
		"an escape too many":       {`"action.intent"`, `"action\u002eintent"`},
		"number as text":           {`"seq":7`, `"seq":"7"`},
		"number with a fraction":   {`"seq":7`, `"seq":7.0`},
		"number with an exponent":  {`"seq":7`, `"seq":7e0`},
		"negative number":          {`"seq":7`, `"seq":-7`},
		"number beyond 2^53":       {`"seq":7`, `"seq":9007199254740992`},
		"another version":          {`"v":1`, `"v":2`},
		"no version":               {`,"v":1`, ``},
		"time with a fraction":     {`07:00:00Z`, `07:00:00.1Z`},
		"time with an offset":      {`07:00:00Z`, `07:00:00+00:00`},
		"time of 19 characters":    {`T07:00:00Z`, `T7:00:00Z`},
		"time with a comma":        {`07:00:00Z`, `7:00:00,5Z`},
		"leap day that is not one": {`2026-11-23`, `2026-02-29`},
		"unknown type":             {`action.intent`, `action.other`},
		"decision of an agent":     {`action.intent`, `decision`},
		"unknown role":             {`"role":"agent"`, `"role":"auditor"`},
		"unknown why":              {`"code":"plan"`, `"code":"because"`},
		"why without code":         {`"code":"plan",`, ``},
		"control character":        {`"name":"m"`, `"name":"m\u0007"`},
		"delete character":         {`"name":"m"`, "\"name\":\"m\x7f\""},
		"C1 control character":     {`"name":"m"`, "\"name\":\"m\u0085\""},
		"bidirectional override":   {`"name":"m"`, "\"name\":\"m\u202e\""},
		"bidirectional isolate":    {`"name":"m"`, "\"name\":\"m\u2066\""},
		"line separator":           {`"name":"m"`, "\"name\":\"m\u2028\""},
		"invalid UTF-8":            {`"name":"m"`, "\"name\":\"m\xff\""},
		"lone surrogate":           {`"name":"m"`, `"name":"m\ud800"`},
		"string of 257 bytes":      {`"name":"m"`, `"name":"` + strings.Repeat("m", 257) + `"`},
		"digest of another form":   {`"args":"uEi`, `"args":"zEi`},
		"digest with other bits":   {digest("attestation"), digest("attestation")[:46] + "_"},
		"prev that is no digest":   {`"prev":"u`, `"prev":"v`},
		"no prev":                  {`"prev":"` + audit.LeafHash([]byte("before")).String() + `",`, ``},
		"no resource":              {`"resource":{`, `"tool":{`},
		"agent that is no did:key": {`"agent":"did:key:`, `"agent":"did:web:`},
		"agent that cannot sign":   {carol.DID().String(), "did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F"},
		"agent that is another":    {carol.DID().String(), personas.New("dave").DID().String()},
		"member of another type":   {`"role"`, `"outcome":"ok","role"`},
		"trace of zeroes":          {`4bf92f3577b34da6a3ce929d0e0e4736`, strings.Repeat("0", 32)},
		"trace in capitals":        {`4bf92f3577b34da6a3ce929d0e0e4736`, strings.Repeat("A", 32)},
		"trace of another version": {`"00-4bf`, `"01-4bf`},
		"more after it":            {`"why"`, `"why"` + "\x00"},
		"array":                    {good, `[` + good + `]`},
		"too deep":                 {`"task":"` + task + `"`, `"task":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, change[0], change[1], 1)
			require.NotEqual(t, good, bad)
			s, err := audit.ParseSigned(forge(t, carol, header(carol), bad))
			require.Nil(t, s)
			if name == "agent that is another" {
				require.ErrorIs(t, err, audit.ErrSignature)
				return
			}
			require.ErrorIs(t, err, audit.ErrEntry)
		})
	}
}

func TestParseSignedRefusesForms(t *testing.T) {
	carol, dave, ecdsa := personas.New("carol"), personas.New("dave"), personas.NewP256("carol")
	signed, err := audit.Sign(carol, full(t, carol))
	require.NoError(t, err)
	good := string(signed.Bytes())
	body := string(payload(t, signed.Bytes()))
	parts := strings.Split(good, ".")
	curve, err := audit.Sign(ecdsa, full(t, ecdsa))
	require.NoError(t, err)

	for name, c := range map[string]struct {
		leaf []byte
		want error
	}{
		"nothing":              {nil, audit.ErrEntry},
		"too long":             {bytes.Repeat([]byte{'a'}, audit.MaxLeaf+1), audit.ErrSize},
		"two parts":            {[]byte(parts[0] + "." + parts[1]), audit.ErrEntry},
		"four parts":           {[]byte(good + ".e30"), audit.ErrEntry},
		"padding":              {[]byte(good + "="), audit.ErrEntry},
		"line end":             {[]byte(good + "\n"), audit.ErrEntry},
		"no signature":         {[]byte(parts[0] + "." + parts[1] + "."), audit.ErrSignature},
		"trailing bits":        {[]byte(good[:len(good)-1] + string(good[len(good)-1]+1)), audit.ErrEntry},
		"another typ":          {forge(t, carol, strings.Replace(header(carol), "audit", "receipt", 1), body), audit.ErrEntry},
		"a member more":        {forge(t, carol, strings.Replace(header(carol), `{`, `{"cty":"x",`, 1), body), audit.ErrEntry},
		"crit":                 {forge(t, carol, strings.Replace(header(carol), `{`, `{"crit":["b64"],`, 1), body), audit.ErrEntry},
		"alg none":             {forge(t, carol, strings.Replace(header(carol), `EdDSA`, `none`, 1), body), audit.ErrSignature},
		"kid of another":       {forge(t, carol, header(dave), body), audit.ErrSignature},
		"kid without fragment": {forge(t, carol, strings.Replace(header(carol), carol.Method(), carol.DID().String(), 1), body), audit.ErrSignature},
		"key of another":       {forge(t, dave, header(carol), body), audit.ErrSignature},
		"edited payload":       {[]byte(strings.Replace(good, parts[1], reencode(strings.Replace(body, `"seq":7`, `"seq":8`, 1)), 1)), audit.ErrSignature},
		"the other S":          {highS(t, curve.Bytes()), audit.ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := audit.ParseSigned(c.leaf)
			require.ErrorIs(t, err, c.want)
			require.Nil(t, s)
		})
	}
}

func reencode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestSignRefuses(t *testing.T) {
	carol, dave := personas.New("carol"), personas.New("dave")
	web, err := did.Parse("did:web:example.com")
	require.NoError(t, err)
	asWeb, err := carol.As(web, "key")
	require.NoError(t, err)

	_, err = audit.Sign(nil, full(t, carol))
	require.ErrorIs(t, err, audit.ErrSignature)
	_, err = audit.Sign(dave, full(t, carol))
	require.ErrorIs(t, err, audit.ErrSignature)
	e := full(t, carol)
	e.Agent = web
	_, err = audit.Sign(asWeb, e)
	require.ErrorIs(t, err, audit.ErrSignature)
	_, err = audit.Sign(carol, audit.Entry{})
	require.ErrorIs(t, err, audit.ErrSignature)

	for name, change := range map[string]func(*audit.Entry){
		"open after seq 0":      func(e *audit.Entry) { e.Type = audit.TaskOpen },
		"seq 0 that is no open": func(e *audit.Entry) { e.Seq, e.Prev = 0, audit.Hash{} },
		"no prev":               func(e *audit.Entry) { e.Prev = audit.Hash{} },
		"part of a second":      func(e *audit.Entry) { e.Time = e.Time.Add(1) },
		"no time":               func(e *audit.Entry) { e.Time = e.Time.AddDate(-3000, 0, 0) },
		"seq of 2^53":           func(e *audit.Entry) { e.Seq = 1 << 53 },
		"no id":                 func(e *audit.Entry) { e.ID = "" },
		"a child":               func(e *audit.Entry) { e.Children = []audit.Child{{Agent: dave.DID()}} },
		"an empty resource":     func(e *audit.Entry) { e.Resource = &audit.Resource{} },
		"an empty anchor":       func(e *audit.Entry) { e.Anchor = &audit.Anchor{} },
		"a plain digest":        func(e *audit.Entry) { e.Args = "orders" },
		"a tool without name":   func(e *audit.Entry) { e.Tool.Name = "" },
	} {
		t.Run(name, func(t *testing.T) {
			e := full(t, carol)
			change(&e)
			s, err := audit.Sign(carol, e)
			require.ErrorIs(t, err, audit.ErrEntry)
			require.Nil(t, s)
			_, err = e.MarshalJSON()
			require.ErrorIs(t, err, audit.ErrEntry)
		})
	}
}

// Every string and every digest of an entry is checked, wherever it is.
func TestSignChecksEveryText(t *testing.T) {
	carol := personas.New("carol")
	for name, at := range map[string]func(*audit.Entry) *string{
		"id":                func(e *audit.Entry) *string { return &e.ID },
		"task":              func(e *audit.Entry) *string { return &e.Task },
		"action":            func(e *audit.Entry) *string { return &e.Action },
		"resource.pattern":  func(e *audit.Entry) *string { return &e.Resource.Pattern },
		"resource.digest":   func(e *audit.Entry) *string { return &e.Resource.Digest },
		"model.provider":    func(e *audit.Entry) *string { return &e.Model.Provider },
		"model.name":        func(e *audit.Entry) *string { return &e.Model.Name },
		"model.version":     func(e *audit.Entry) *string { return &e.Model.Version },
		"model.digest":      func(e *audit.Entry) *string { return &e.Model.Digest },
		"tool.name":         func(e *audit.Entry) *string { return &e.Tool.Name },
		"tool.version":      func(e *audit.Entry) *string { return &e.Tool.Version },
		"tool.digest":       func(e *audit.Entry) *string { return &e.Tool.Digest },
		"why.digest":        func(e *audit.Entry) *string { return &e.Why.Digest },
		"anchor.origin":     func(e *audit.Entry) *string { return &e.Anchor.Origin },
		"anchor.checkpoint": func(e *audit.Entry) *string { return &e.Anchor.Checkpoint },
		"invocation":        func(e *audit.Entry) *string { return &e.Invocation },
		"args":              func(e *audit.Entry) *string { return &e.Args },
		"input":             func(e *audit.Entry) *string { return &e.Input },
		"runtime":           func(e *audit.Entry) *string { return &e.Runtime },
		"trace":             func(e *audit.Entry) *string { return &e.Trace },
	} {
		for _, bad := range []string{"a\nb", "a\u200eb", "a\u2029b", "\xff", strings.Repeat("a", 257)} {
			e := full(t, carol)
			*at(&e) = bad
			_, err := audit.Sign(carol, e)
			require.ErrorIs(t, err, audit.ErrEntry, "%s %q", name, bad)
		}
	}
	e := full(t, carol)
	e.Task = strings.Repeat("a", 256)
	_, err := audit.Sign(carol, e)
	require.NoError(t, err)
	web, err := did.Parse("did:web:example.com")
	require.NoError(t, err)
	e.Agent = web
	_, err = e.MarshalJSON()
	require.ErrorIs(t, err, audit.ErrEntry)
}

func TestSignRefusesParts(t *testing.T) {
	alice, carol, dave := personas.New("alice"), personas.New("carol"), personas.New("dave")
	web, err := did.Parse("did:web:example.com")
	require.NoError(t, err)
	begin := func() audit.Entry {
		e := open(alice, dave, carol)
		e.ID, e.Agent, e.Role, e.Time = "urn:x:0", carol.DID(), audit.RoleAgent, start
		e.Parent = &audit.Parent{Agent: dave.DID(), Entry: audit.LeafHash(nil)}
		e.Anchor = &audit.Anchor{Origin: origin, Root: audit.LeafHash(nil), Checkpoint: digest("checkpoint")}
		return e
	}
	end := func() audit.Entry {
		e := begin()
		e.Type, e.Seq, e.Prev, e.Cap, e.Chain, e.Parent = audit.TaskClose, 1, audit.LeafHash(nil), "", nil, nil
		e.Children = []audit.Child{{Agent: dave.DID(), Last: audit.LeafHash(nil)}}
		return e
	}
	for name, c := range map[string]struct {
		entry  audit.Entry
		change func(*audit.Entry)
	}{
		"anchor of 2^53":           {begin(), func(e *audit.Entry) { e.Anchor.Size = 1 << 53 }},
		"anchor without root":      {begin(), func(e *audit.Entry) { e.Anchor.Root = audit.Hash{} }},
		"anchor without origin":    {begin(), func(e *audit.Entry) { e.Anchor.Origin = "" }},
		"parent without entry":     {begin(), func(e *audit.Entry) { e.Parent.Entry = audit.Hash{} }},
		"parent who is nobody":     {begin(), func(e *audit.Entry) { e.Parent.Agent = did.DID{} }},
		"chain without links":      {begin(), func(e *audit.Entry) { e.Chain.Links = nil }},
		"17 links":                 {begin(), func(e *audit.Entry) { e.Chain.Links = slices.Repeat(e.Chain.Links[1:], 17) }},
		"65 children":              {end(), func(e *audit.Entry) { e.Children = slices.Repeat(e.Children, 65) }},
		"child without last entry": {end(), func(e *audit.Entry) { e.Children[0].Last = audit.Hash{} }},
		"child of another method":  {end(), func(e *audit.Entry) { e.Children[0].Agent = web }},
		"chain without a digest":   {decision(t), func(e *audit.Entry) { e.Chain.Digest, e.Chain.Links = "x", nil }},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.entry.MarshalJSON()
			require.NoError(t, err)
			c.change(&c.entry)
			_, err = c.entry.MarshalJSON()
			require.ErrorIs(t, err, audit.ErrEntry)
		})
	}
}

// Seen lists are a statement of their own: lists and a mode, no effect.
func TestStatusSeen(t *testing.T) {
	alice, carol := personas.New("alice"), personas.New("carol")
	r := newRecorder(t, carol, newLog(t), "", clock())
	record(t, r, open(alice, carol))
	good := func() audit.Entry {
		return audit.Entry{Type: audit.StatusSeen, Decision: &audit.Decision{
			Mode: "guarded", Policy: digest("policy"), Status: []audit.StatusList{{Digest: digest("list"), AsOf: start}},
		}}
	}
	record(t, r, good())
	for name, change := range map[string]func(*audit.Decision){
		"effect":    func(d *audit.Decision) { d.Effect = audit.Permit },
		"rule":      func(d *audit.Decision) { d.Rule = 12 },
		"link":      func(d *audit.Decision) { d.Link = new(0) },
		"dimension": func(d *audit.Decision) { d.Dimension = "args" },
		"count":     func(d *audit.Decision) { d.Count = 2 },
		"as of":     func(d *audit.Decision) { d.AsOf = start },
		"amounts":   func(d *audit.Decision) { d.Amounts = map[string]int64{"count": 1} },
		"approval":  func(d *audit.Decision) { d.Approval = []string{digest("x")} },
		"no status": func(d *audit.Decision) { d.Status = nil },
		"no mode":   func(d *audit.Decision) { d.Mode = "" },
	} {
		e := good()
		change(e.Decision)
		_, err := r.Record(ctx, e)
		require.ErrorIs(t, err, audit.ErrEntry, name)
	}
}

// An entry may be 16 KiB, signed, and no more.
func TestSignBoundsTheLeaf(t *testing.T) {
	alice, bob, carol := personas.New("alice"), personas.New("bob"), personas.New("carol")
	e := deny(t, "db/write", alice, carol)
	e.ID, e.Agent, e.Role, e.Seq, e.Time, e.Prev = "urn:x:1", bob.DID(), audit.RoleVerifier, 1, start, audit.LeafHash(nil)
	for range 64 {
		e.Decision.Status = append(e.Decision.Status, audit.StatusList{Digest: digest("list"), AsOf: start})
		e.Decision.Approval = append(e.Decision.Approval, digest("approval"))
	}
	s, err := audit.Sign(bob, e)
	require.NoError(t, err)
	require.Less(t, len(s.Bytes()), audit.MaxLeaf)
	for range 15 {
		e.Chain.Links = append([]audit.Link{{
			ID: strings.Repeat("x", 256), Digest: digest("x"), Issuer: alice.DID(), Subject: carol.DID(),
		}}, e.Chain.Links...)
	}
	_, err = audit.Sign(bob, e)
	require.ErrorIs(t, err, audit.ErrSize)
}

func TestDecisionRules(t *testing.T) {
	alice, bob, carol := personas.New("alice"), personas.New("bob"), personas.New("carol")
	base := func() audit.Entry {
		e := deny(t, "db/write", alice, carol)
		e.ID, e.Agent, e.Role, e.Seq, e.Time = "urn:x:1", bob.DID(), audit.RoleVerifier, 1, start
		e.Prev = audit.LeafHash(nil)
		return e
	}
	good, err := audit.Sign(bob, base())
	require.NoError(t, err)
	require.Equal(t, 0, *good.Entry().Decision.Link)

	for name, change := range map[string]func(*audit.Decision){
		"no effect":             func(d *audit.Decision) { d.Effect = "" },
		"deny without a rule":   func(d *audit.Decision) { d.Rule = 0 },
		"permit with a rule":    func(d *audit.Decision) { d.Effect = audit.Permit },
		"rule 19":               func(d *audit.Decision) { d.Rule = 19 },
		"rule -1":               func(d *audit.Decision) { d.Rule = -1 },
		"link 16":               func(d *audit.Decision) { d.Link = new(16) },
		"link -1":               func(d *audit.Decision) { d.Link = new(-1) },
		"count of one":          func(d *audit.Decision) { d.Count = 1 },
		"unknown dimension":     func(d *audit.Decision) { d.Dimension = "weather" },
		"unknown mode":          func(d *audit.Decision) { d.Mode = "asleep" },
		"policy in the clear":   func(d *audit.Decision) { d.Policy = "policy" },
		"list without as-of":    func(d *audit.Decision) { d.Status = []audit.StatusList{{Digest: digest("list")}} },
		"approval in the clear": func(d *audit.Decision) { d.Approval = []string{"yes"} },
		"65 lists": func(d *audit.Decision) {
			d.Status = slices.Repeat([]audit.StatusList{{Digest: digest("list"), AsOf: start}}, 65)
		},
		"65 approvals":     func(d *audit.Decision) { d.Approval = slices.Repeat([]string{digest("x")}, 65) },
		"as of a fraction": func(d *audit.Decision) { d.AsOf = start.Add(1) },
		"amounts denied":   func(d *audit.Decision) { d.Amounts = map[string]int64{"count": 1} },
		"count of permits": func(d *audit.Decision) { *d = audit.Decision{Effect: audit.Permit, Count: 2} },
	} {
		t.Run(name, func(t *testing.T) {
			e := base()
			change(e.Decision)
			_, err := audit.Sign(bob, e)
			require.ErrorIs(t, err, audit.ErrEntry)
		})
	}
	for name, change := range map[string]func(*audit.Chain){
		"17 links":                  func(c *audit.Chain) { c.Links = make([]audit.Link, 17) },
		"digest that is no leaf's":  func(c *audit.Chain) { c.Digest = digest("another") },
		"link without a subject":    func(c *audit.Chain) { c.Links[0].Subject = did.DID{} },
		"link without an id":        func(c *audit.Chain) { c.Links[0].ID = "" },
		"link digest in the clear":  func(c *audit.Chain) { c.Links[0].Digest = "x" },
		"chain digest in the clear": func(c *audit.Chain) { c.Digest = "x" },
	} {
		t.Run(name, func(t *testing.T) {
			e := base()
			change(e.Chain)
			_, err := audit.Sign(bob, e)
			require.ErrorIs(t, err, audit.ErrEntry)
		})
	}
}

func TestSalted(t *testing.T) {
	got, err := audit.Salted(salt, audit.DomainArgs, []byte("{}"))
	require.NoError(t, err)
	require.Equal(t, multikey.EncodeDigest(sha256.Sum256([]byte("sixteen bytes!!!args{}"))), got)

	other, err := audit.Salted(salt, audit.DomainWhy, []byte("{}"))
	require.NoError(t, err)
	require.NotEqual(t, got, other)

	for name, salt := range map[string][]byte{"none": nil, "short": salt[1:], "long": append(salt, 0), "zero": make([]byte, 16)} {
		_, err := audit.Salted(salt, audit.DomainArgs, nil)
		require.ErrorIs(t, err, audit.ErrDigest, name)
	}
	_, err = audit.Salted(salt, "ar", []byte("gs{}"))
	require.ErrorIs(t, err, audit.ErrDigest)
}

func TestHashText(t *testing.T) {
	h := audit.LeafHash([]byte("x"))
	again, err := audit.ParseHash(h.String())
	require.NoError(t, err)
	require.Equal(t, h, again)
	for _, bad := range []string{"", "u", h.String() + "A", "z" + h.String()[1:], h.String()[:46] + "_"} {
		_, err := audit.ParseHash(bad)
		require.ErrorIs(t, err, audit.ErrDigest, bad)
	}
}
