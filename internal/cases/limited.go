package cases

import "github.com/taperid/taper/delegation"

// Limited returns cases of rule 17: budgets. Amounts that are no amounts are of
// rule 14.
func Limited() (cases []Case) {
	limited := func(l delegation.Limit, names ...string) delegation.Terms {
		t := Terms()
		t.Limits = map[string]delegation.Limit{"spending": l}
		if names != nil {
			t.Audience = names
		}
		return t
	}
	euros := func(max int64) delegation.Limit { return delegation.Limit{Unit: "EUR/100", Max: max} }
	costs := func(amounts map[string]int64) delegation.Request {
		req := Payment()
		req.Amounts = amounts
		return req
	}
	split := euros(2499)
	split.Split = "audience"
	half := split
	half.Max = 2500
	other := "did:web:other.example"
	const no = delegation.ErrBudget
	for _, c := range []struct {
		id   string
		rule delegation.Rule
		h    *delegation.Holder
		req  delegation.Request
	}{
		{"just enough", 0, Agent(limited(euros(1250))), Payment()},
		{"one too little", no, Agent(limited(euros(1249))), Payment()},
		{"enough in the leaf, not above", no, Agent(limited(euros(2000)), limited(euros(1249))), Payment()},
		{"enough in both", 0, Agent(limited(euros(2000)), limited(euros(1250))), Payment()},
		{"no amounts", no, Agent(limited(euros(1250))), costs(nil)},
		{"an amount of another unit", no, Agent(limited(euros(1250))), costs(map[string]int64{"USD/100": 1})},
		{"nothing spent", 0, Agent(limited(euros(0))), costs(map[string]int64{"EUR/100": 0})},
		{"a negative amount", delegation.ErrMismatch, Agent(limited(euros(1250))), costs(map[string]int64{"EUR/100": -1})},
		{"an amount beyond 2^53-1", delegation.ErrMismatch, Agent(limited(euros(1250))), costs(map[string]int64{"EUR/100": 1 << 53})},
		{"one of one call", 0, Agent(limited(delegation.Limit{Unit: "count", Max: 1})), Payment()},
		{"one of no calls", no, Agent(limited(delegation.Limit{Unit: "count", Max: 0})), Payment()},
		{"one of one call a minute", 0, Agent(limited(delegation.Limit{Unit: "count", Max: 1, Per: 60})), Payment()},
		{"a call that counts as two", no, Agent(limited(delegation.Limit{Unit: "count", Max: 9})), costs(map[string]int64{"count": 2})},
		{"several names, not split", no, Agent(limited(euros(9999), Service, other)), Payment()},
		{"everyone", no, Agent(limited(euros(9999), "**")), Payment()},
		{"several names, split, enough", 0, Agent(limited(half, Service, other)), Payment()},
		{"several names, split, rounded down", no, Agent(limited(split, Service, other)), Payment()},
		{"a parent of several names", no, Agent(limited(euros(9999), Service, other), limited(euros(9999))), Payment()},
	} {
		cases = append(cases, Make("budget: "+c.id, c.rule, c.h, c.req, nil))
	}
	return cases
}
