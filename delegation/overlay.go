package delegation

// Overlay is what is left of an authority's grants while its link is guarded: each
// grant is met with it. A nil member leaves that dimension alone.
type Overlay struct {
	Actions   []string
	Resources []string
}

// overlay is an Overlay, compiled. A nil one allows nothing.
type overlay struct {
	actions, resources patterns
}

func newOverlay(o *Overlay) (*overlay, error) {
	if o == nil {
		return nil, nil
	}
	var out overlay
	var err error
	if o.Actions != nil {
		if out.actions, err = newPatterns(o.Actions, parseAction); err != nil {
			return nil, placed("actions", err)
		}
	}
	if o.Resources != nil {
		if out.resources, err = newPatterns(o.Resources, parseResource); err != nil {
			return nil, placed("resources", err)
		}
	}
	return &out, nil
}

func (o *overlay) hasAction(s string) bool { return o.actions == nil || o.actions.has(s) }

func (o *overlay) hasResource(s string) bool { return o.resources == nil || o.resources.has(s) }

func (o *overlay) actionTexts() []string { return o.actions.texts() }

func (o *overlay) resourceTexts() []string { return o.resources.texts() }
