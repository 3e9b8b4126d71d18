package cases

import (
	"maps"
	"slices"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/attest"
	"github.com/taperid/taper/internal/personas"
)

// Required returns cases of rule 16: approvals and evidence.
func Required() []Case {
	return append(approvals(), evidence()...)
}

func approvals() (cases []Case) {
	needs := func(min int, by ...string) delegation.Terms {
		t := Terms()
		rule := delegation.ApprovalRule{Actions: []string{"payments/send"}, Min: min}
		for _, name := range by {
			rule.By = append(rule.By, personas.New(name).DID().String())
		}
		t.Requires = &delegation.Requires{Approval: []delegation.ApprovalRule{rule}}
		return t
	}
	add := func(id string, rule delegation.Rule, h *delegation.Holder, by []string, change func(*delegation.ApprovalRequest)) {
		id = "approval: " + id
		cases = append(cases, Make(id, rule, h, Payment(), func(s *delegation.Shown) {
			for _, name := range by {
				s.Approvals = append(s.Approvals, Approve(id, h, name, change))
			}
		}))
	}
	one, two := Agent(needs(1, "frank", "grace")), Agent(needs(2, "frank", "grace", "heidi"))
	const no = delegation.ErrRequires
	add("one of two", 0, one, []string{"grace"}, nil)
	add("two of three", 0, two, []string{"frank", "heidi"}, nil)
	add("none", no, one, nil, nil)
	add("one where two are asked", no, two, []string{"frank"}, nil)
	add("one, twice, where two are asked", no, two, []string{"frank", "frank"}, nil)
	add("of a stranger", no, one, []string{"mallory"}, nil)
	add("of a stranger beside enough", no, one, []string{"grace", "mallory"}, nil)
	add("one that is not asked for", no, Agent(Terms()), []string{"grace"}, nil)
	add("of a holder of the chain", no, Agent(needs(1, "bob", "frank"), needs(1, "bob", "frank")), []string{"bob"}, nil)
	changes := map[string]func(*delegation.ApprovalRequest){
		"another action":     func(a *delegation.ApprovalRequest) { a.Action = "payments/read" },
		"another resource":   func(a *delegation.ApprovalRequest) { a.Resource = Service + "/accounts/8" },
		"other arguments":    func(a *delegation.ApprovalRequest) { a.Arguments = []byte(`{"cents":1250,"to":"DE03"}`) },
		"another audience":   func(a *delegation.ApprovalRequest) { a.Audience = "https://other.example.com" },
		"another agent":      func(a *delegation.ApprovalRequest) { a.Agent = personas.New("dave").DID() },
		"another chain":      func(a *delegation.ApprovalRequest) { a.Leaf = attest.Digest(nil) },
		"another invocation": func(a *delegation.ApprovalRequest) { a.Invocation = "0123456789abcdef" },
		"another salt":       func(a *delegation.ApprovalRequest) { a.Salt = make([]byte, 16) },
		"less than it costs": func(a *delegation.ApprovalRequest) { a.Amounts = map[string]int64{"EUR/100": 1249} },
		"another unit":       func(a *delegation.ApprovalRequest) { a.Amounts = map[string]int64{"USD/100": 1250} },
		"no amount":          func(a *delegation.ApprovalRequest) { a.Amounts = nil },
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		add("of "+name, no, one, []string{"grace"}, changes[name])
	}
	return cases
}

func evidence() (cases []Case) {
	a, b, c := attest.Digest([]byte("manifest a")), attest.Digest([]byte("manifest b")), attest.Digest([]byte("manifest c"))
	needs := func(manifests ...string) delegation.Terms {
		t := Terms()
		t.Requires = &delegation.Requires{Attestation: manifests}
		return t
	}
	one, both := Agent(needs(a, b)), Agent(needs(a, b), needs(b))
	state := func(by, of, audience, manifest string, at time.Time) string {
		token, err := attest.State(personas.New(by), personas.New(of).DID(), audience, manifest, at)
		must(err)
		return token
	}
	for _, e := range []struct {
		id     string
		rule   delegation.Rule
		h      *delegation.Holder
		tokens []string
	}{
		{"of a manifest of the set", 0, one, []string{state("attester", "bob", Service, a, Noon)}},
		{"of a manifest of both sets", 0, both, []string{state("attester", "carol", Service, b, Noon)}},
		{"300 s old", 0, one, []string{state("attester", "bob", Service, a, Noon.Add(-300*time.Second))}},
		{"none", delegation.ErrRequires, one, nil},
		{"of a manifest of no set", delegation.ErrRequires, one, []string{state("attester", "bob", Service, c, Noon)}},
		{"of a manifest of the root's set alone", delegation.ErrRequires, both, []string{state("attester", "carol", Service, a, Noon)}},
		{"of another agent", delegation.ErrRequires, one, []string{state("attester", "carol", Service, a, Noon)}},
		{"for another audience", delegation.ErrRequires, one, []string{state("attester", "bob", "https://other.example.com", a, Noon)}},
		{"by nobody who is believed", delegation.ErrRequires, one, []string{state("mallory", "bob", Service, a, Noon)}},
		{"301 s old", delegation.ErrRequires, one, []string{state("attester", "bob", Service, a, Noon.Add(-301*time.Second))}},
		{"later than now", delegation.ErrRequires, one, []string{state("attester", "bob", Service, a, Noon.Add(time.Second))}},
		{"that is none", delegation.ErrRequires, one, []string{"x"}},
		{"bad beside good", delegation.ErrRequires, one, []string{state("attester", "bob", Service, a, Noon), state("attester", "bob", Service, c, Noon)}},
	} {
		cases = append(cases, Make("evidence: "+e.id, e.rule, e.h, Payment(), func(s *delegation.Shown) { s.Evidence = e.tokens }))
	}
	return cases
}
