package main

import (
	"math"
	"slices"
	"time"
)

// laneHeight is the height of an agent's lane on the timeline, in pixels. The style
// has it too.
const laneHeight = 28

// timeline places the entries: a lane for each writer, suspects on top, and from left
// to right by the time they claim. It returns the lanes and the times at the ticks.
func (b *builder) timeline(entries []*entry) (lanes []*agent, ticks []string) {
	if len(entries) == 0 {
		return nil, nil
	}
	from, to := int64(math.MaxInt64), int64(math.MinInt64)
	there := make(map[*agent]bool)
	for _, e := range entries {
		from, to = min(from, e.T), max(to, e.T)
		if !there[e.Agent] {
			there[e.Agent] = true
			lanes = append(lanes, e.Agent)
		}
	}
	slices.SortStableFunc(lanes, func(x, y *agent) int { return int(y.Worst) - int(x.Worst) })
	for n, a := range lanes {
		a.Lane = n
	}
	span := max(1, float64(to)-float64(from))
	for _, e := range entries {
		e.X = math.Round(1e4*(1+98*(float64(e.T)-float64(from))/span)) / 1e4
		e.Y = float64(e.Agent.Lane*laneHeight + laneHeight/2)
	}
	for n := range 5 {
		ticks = append(ticks, utc(time.Unix(from+int64(span*float64(n)/4), 0)))
	}
	return lanes, ticks
}

// Height is the height of the drawn timeline, in pixels.
func (p *page) Height() int { return len(p.Lanes) * laneHeight }
