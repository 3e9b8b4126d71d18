package audit

// actions joins what agents and verifiers wrote of the same exchange.
func actions(items []Item) []Action {
	j := joiner{at: make(map[act]int), intents: make(map[Hash]int)}
	for _, i := range items {
		switch e := i.entry(); {
		case e.Type == ActionIntent:
			j.intent(i)
		case e.Type == Decided:
			j.decision(i)
		case e.Type == ActionResult && e.Role == RoleAgent:
			if n, ok := j.intents[e.Intent]; ok && j.out[n].Agent == e.Agent && j.out[n].Result == nil {
				j.out[n].Result = &i
			}
		}
	}
	return j.out
}

// joiner is an actions at work: at says which action an exchange is, intents
// which one an intent's leaf hash is.
type joiner struct {
	out     []Action
	at      map[act]int
	intents map[Hash]int
}

// intent puts an intent to the decision of its invocation, or begins an action.
func (j *joiner) intent(i Item) {
	e := i.entry()
	key := act{e.Invocation, e.Agent}
	n, ok := j.find(key)
	if !ok || e.Invocation == "" || j.out[n].Intent != nil {
		n = j.begin(key, Action{Agent: e.Agent, Name: e.Action})
	}
	j.out[n].Agent = e.Agent
	j.out[n].Intent = &i
	j.intents[i.Signed.hash] = n
}

// decision puts a decision to the intent of its invocation, or begins an action.
func (j *joiner) decision(i Item) {
	e := i.entry()
	key := act{e.Invocation, e.subject()}
	n, ok := j.find(key)
	if !ok || j.out[n].Decision != nil {
		n = j.begin(key, Action{Agent: key.agent, Name: e.Action})
	}
	j.out[n].Decision = &i
}

// find returns the action of an exchange. A verifier that could not read the chain
// names no agent, and its decision goes to the first that has the invocation.
func (j *joiner) find(key act) (int, bool) {
	n, ok := j.at[key]
	if !ok {
		n, ok = j.at[act{invocation: key.invocation}]
		ok = ok && (key.agent.IsZero() || j.out[n].Agent.IsZero())
	}
	return n, ok
}

func (j *joiner) begin(key act, a Action) int {
	j.out = append(j.out, a)
	j.at[key] = len(j.out) - 1
	if anyone := (act{invocation: key.invocation}); key != anyone {
		if _, ok := j.at[anyone]; !ok {
			j.at[anyone] = len(j.out) - 1
		}
	}
	return len(j.out) - 1
}
