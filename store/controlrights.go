package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/klarlagt/klarlagt/auth"
)

// rightsOf reads what somebody may do at this moment.
func (c *Control) rightsOf(ctx context.Context, id auth.UserID) ([]auth.Role, []auth.CaseID, error) {
	u := []User{{Account: auth.Account{User: id}}}
	if err := c.rights(ctx, c.db, u, `id = $1`, id); err != nil {
		return nil, nil, fmt.Errorf("read roles: %w", err)
	}
	return u[0].Roles, u[0].Cases, nil
}

// rights reads the roles of those whom a condition finds, in the order of tables,
// and the cases.
func (c *Control) rights(ctx context.Context, q queryer, users []User, condition string, args ...any) error {
	if len(users) == 0 {
		return nil
	}
	names, err := pairs(ctx, q, `SELECT user_id, role FROM roles WHERE user_id IN (SELECT id FROM users WHERE `+condition+`)`, args...)
	if err != nil {
		return err
	}
	cases, err := pairs(ctx, q, `SELECT user_id, case_id FROM memberships WHERE user_id IN (SELECT id FROM users WHERE `+condition+`) ORDER BY case_id`, args...)
	for i := range users {
		u := &users[i]
		for _, r := range auth.Roles() {
			if slices.Contains(names[u.User], string(r)) {
				u.Roles = append(u.Roles, r)
			}
		}
		for _, id := range cases[u.User] {
			u.Cases = append(u.Cases, auth.CaseID(id))
		}
	}
	return err
}

// pairs reads a column of texts by whose they are.
func pairs(ctx context.Context, q queryer, query string, args ...any) (map[auth.UserID][]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	of := map[auth.UserID][]string{}
	for rows.Next() {
		var id auth.UserID
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, err
		}
		of[id] = append(of[id], text)
	}
	return of, explain(rows.Err())
}
