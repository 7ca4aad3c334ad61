"""The keys that go to a pane, one method each, as Textual wants them."""

from blotter.tui.desk_screen import DeskScreen
from blotter.tui.market_panes import MarketPanes


class PaneKeys:
    """Mixin for the app; the registry of actions names these methods."""

    view: DeskScreen
    markets: MarketPanes

    def action_ticket(self) -> None:
        """Go to the ticket; in the narrow layout that is the command line."""
        self.view.go("ticket")

    def action_depth(self) -> None:
        """Go to the ladder, and bring the symbol in view there."""
        self.markets.follow()
        self.view.go("depth")

    def action_trades(self) -> None:
        """Go to the market's trades."""
        self.view.go("trades")

    def action_watchlist(self) -> None:
        """Go to the watchlist."""
        self.view.go("watchlist")

    def action_orders(self) -> None:
        """Go to the orders."""
        self.view.go("orders")

    def action_executions(self) -> None:
        """Go to the executions."""
        self.view.go("executions")

    def action_messages(self) -> None:
        """Go to the message tape."""
        self.view.go("messages")

    def action_positions(self) -> None:
        """Go to the positions."""
        self.view.go("positions")

    def action_history(self) -> None:
        """Go to the order's history."""
        self.view.go("history")

    def action_inspector(self) -> None:
        """Go to the inspector."""
        self.view.go("inspector")

    def action_sessions(self) -> None:
        """Go to the sessions."""
        self.view.go("sessions")

    def action_notices(self) -> None:
        """Go to the list of notices."""
        self.view.go("notices")

    def action_next_pane(self) -> None:
        """Go to the next pane."""
        self.view.step(1)

    def action_previous_pane(self) -> None:
        """Go to the previous pane."""
        self.view.step(-1)
