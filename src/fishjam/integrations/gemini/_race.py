"""The functions that let the parts of a bridge end together; they are those of every bridge."""

from fishjam.integrations.bridge._race import all_of as all_of
from fishjam.integrations.bridge._race import race as race
