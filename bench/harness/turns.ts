/**
 * Short windows that one round of each contender is made of, all contenders in turn. What else the machine does lasts longer than one of
 * them, and so it is shared by all; in one window as long as a round it is the bad luck of one.
 */
export const turnsOfRound = 6
